"""Chooses the Python that runs dbt, and starts the worker's process with the environment of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sbdk.core import redact
from sbdk.core.errors import TransformError

NEEDED = ("dbt_core", "dbt_duckdb", "duckdb")


@dataclass(frozen=True)
class Interpreter:
    """`path` of the Python, and the reason for the choice."""

    path: Path
    reason: str


def choose_python(project_root: Path) -> Interpreter:
    """The project's `.venv` if dbt-core and dbt-duckdb are in it and its DuckDB can read our files; else this Python.

    Reads the names of the installed packages' folders; starts no process.
    """
    own_versions = _installed(Path(sys.prefix))
    python = project_root / ".venv" / "bin" / "python"
    if not python.exists():
        return Interpreter(Path(sys.executable), "the project has no .venv of its own")
    project_versions = _installed(project_root / ".venv")
    reason = _reason_against(project_versions, own_versions)
    if reason:
        return Interpreter(Path(sys.executable), f"the project's .venv {reason}")
    return Interpreter(python, f"the project's .venv has dbt {project_versions['dbt_core']}")


def _reason_against(project_versions: dict[str, str], own_versions: dict[str, str]) -> str | None:
    missing = [name.replace("_", "-") for name in NEEDED if name not in project_versions]
    if missing:
        return f"has no {' and no '.join(missing)}"
    if "duckdb" in own_versions and _major(project_versions["duckdb"]) < _major(own_versions["duckdb"]):
        return f"has DuckDB {project_versions['duckdb']}, which cannot open files of {own_versions['duckdb']}"
    return None


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _installed(prefix: Path) -> dict[str, str]:
    """Versions of the needed packages, by their metadata folders `<name>-<version>.dist-info`."""
    found = {}
    for folder in prefix.glob("lib/python3*/site-packages/*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        if name.lower() in NEEDED:
            found[name.lower()] = version
    return found


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
