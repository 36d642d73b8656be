"""The main function of the worker: imports dbt, parses, then handles commands until its standard input ends."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import signal
import time
from typing import Any, NoReturn

from . import parent
from .parent import Channel


def main(settings_text: str) -> NoReturn:
    """`settings_text`: the JSON object that `sbdk.transform.worker` writes."""
    settings: dict[str, Any] = json.loads(settings_text)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what to do
    if settings["started_by_main_thread"]:
        parent.die_with_parent()
    commands = parent.commands()
    channel = Channel(settings["channel"], _redactor(settings))
    project = _import_dbt(settings, channel)
    project.parse_and_report()
    project.warm_up(should_stop=lambda: not commands.empty())
    gc.freeze()
    while True:
        project.handle(commands.get())
        gc.collect()  # automatic collection is off, so collect between two builds


def _redactor(settings: dict[str, Any]) -> Any:
    """A redactor from sbdk's own module, imported by its path: this Python may not have sbdk."""
    spec = importlib.util.spec_from_file_location("sbdk_dbt_worker.redact", settings["redact"])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Redactor.of_environment(os.environ, settings["profiles_dir"])


def _import_dbt(settings: dict[str, Any], channel: Channel) -> Any:
    started = time.perf_counter()
    try:
        from .dbt_project import DbtProject
    except ImportError as error:
        channel.send("error", code="import", message=f"dbt cannot be imported: {error}")
        os._exit(1)
    channel.send("ready", seconds=round(time.perf_counter() - started, 3), **_versions())
    return DbtProject(settings, channel)


def _versions() -> dict[str, str]:
    import dbt.adapters.duckdb.__version__ as adapter
    import dbt.version
    import duckdb

    return {"dbt": dbt.version.__version__, "dbt_duckdb": adapter.version, "duckdb": duckdb.__version__}
