"""Starts the dbt worker's process with the environment that a run gives it."""

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
    """The process, and its messages as lines. It stays in our process group, and Linux ends it with this thread.

    With this thread only if that is the main one: another may well end before its worker does.
    """
    project = Path(settings["project_dir"])
    if not (project / "dbt_project.yml").is_file():
        hint = "put the dbt project there, or name its folder in sbdk_config.json as dbt_path"
        raise TransformError("there is no dbt_project.yml", file=project, hint=hint)
    mine, theirs = os.pipe()
    in_main_thread = threading.current_thread() is threading.main_thread()
    told = json.dumps(
        {**settings, "redact": redact.__file__, "channel": theirs, "started_by_main_thread": in_main_thread}
    )
    log_path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                [str(python), str(CHILD), told],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(theirs,),
                cwd=project,
                env=environment,
            )
    except BaseException:
        os.close(mine)
        raise
    finally:
        os.close(theirs)
    return process, os.fdopen(mine, encoding="utf-8")


OURS = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",  # it would write ~/.dbt/.user.yml, too
    "DO_NOT_TRACK": "1",
    # dbt's locks are semaphores that nobody takes down when the worker goes at once; that is what the tracker is for.
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
}


def child_environment(env: Mapping[str, str] | None, database: Path | None) -> dict[str, str]:
    """`env` (this process's if None) with telemetry off and, in SBDK_DATABASE, the file that profiles.yml points at."""
    ours = dict(OURS)
    if database is not None:
        ours["SBDK_DATABASE"] = str(database)
    return {**(os.environ if env is None else env), **ours}
