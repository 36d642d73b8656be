"""The worker's life: tie itself to its parent, import dbt, parse, then do what it is told until its input ends."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from . import lifeline
from .channel import Channel
from .scrub import Scrubber


def main(settings_text: str) -> None:
    """`settings_text`: the JSON object that `sbdk.transform.worker` writes."""
    settings: dict[str, Any] = json.loads(settings_text)
    if settings["die_with"]:
        lifeline.die_with(settings["die_with"])
    commands = lifeline.commands()
    channel = Channel(settings["channel"], Scrubber())
    started = time.perf_counter()
    project = _import_dbt(settings, channel)
    channel.send("ready", seconds=round(time.perf_counter() - started, 3), **_versions())
    project.parse_and_tell()
    while True:
        command = commands.get()
        if command["do"] == "close":
            break
        project.obey(command)
    os._exit(0)  # dbt's and DuckDB's files are closed; taking a million objects apart is nobody's gain


def _import_dbt(settings: dict[str, Any], channel: Channel) -> Any:
    try:
        from .project import Project
    except ImportError as error:
        channel.send("error", code="import", message=f"dbt cannot be imported: {error}")
        os._exit(1)
    return Project(settings, channel)


def _versions() -> dict[str, str]:
    import dbt.adapters.duckdb.__version__ as adapter
    import dbt.version
    import duckdb

    return {
        "dbt": dbt.version.get_installed_version().to_version_string(skip_matcher=True),
        "dbt_duckdb": adapter.version,
        "duckdb": duckdb.__version__,
    }
