"""Starts the dbt worker's process, with its environment and its message channel."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from sbdk.core import redact
from sbdk.core.errors import TransformError

CHILD = Path(__file__).parent / "worker_process" / "__main__.py"


def launch(
    python: Path | str, settings: dict[str, Any], log_path: Path, environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], IO[str]]:
    """The process, and the stream of its messages, one a line. It stays in our process group.

    Linux ends it with the thread that calls this, if that is the main one: others may end before their worker does.
    """
    project = Path(settings["project_dir"])
    if not (project / "dbt_project.yml").is_file():
        hint = "put the dbt project there, or name its folder in sbdk_config.json as dbt_path"
        raise TransformError("there is no dbt_project.yml", file=project, hint=hint)
    read_end, write_end = os.pipe()
    in_main_thread = threading.current_thread() is threading.main_thread()
    argument = json.dumps(
        {**settings, "redact": redact.__file__, "channel": write_end, "started_by_main_thread": in_main_thread}
    )
    log_path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                [str(python), str(CHILD), argument],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(write_end,),
                cwd=project,
                env=environment,
            )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    return process, os.fdopen(read_end, encoding="utf-8")


WORKER_VARIABLES = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",  # it would write ~/.dbt/.user.yml, too
    "DO_NOT_TRACK": "1",
    # dbt's locks are semaphores that remain when the worker is killed; the resource tracker removes them, and warns.
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
}


def child_environment(env: Mapping[str, str] | None, database: Path | None) -> dict[str, str]:
    """`env` (this process's if None) with telemetry off and, in SBDK_DATABASE, the file that profiles.yml points at."""
    overrides = dict(WORKER_VARIABLES)
    if database is not None:
        overrides["SBDK_DATABASE"] = str(database)
    return {**(os.environ if env is None else env), **overrides}
