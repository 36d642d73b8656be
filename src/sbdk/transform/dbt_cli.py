"""Runs dbt commands on a working copy of the warehouse, and parses a project in advance for `init`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sbdk.core.redact import Redactor
from sbdk.transform.process import child_environment
from sbdk.transform.worker import Worker
from sbdk.transform.worker_process.redact_files import redact_files

DBT = "from dbt.cli.main import cli; cli(prog_name='dbt')"  # the same as the script `dbt`, which may not be on the path


def run_dbt(
    args: Sequence[str],
    working_copy: Path,
    *,
    python: Path | str,
    dbt_dir: Path,
    profiles_dir: Path,
    target: str,
    env: Mapping[str, str] | None = None,
) -> int:
    """Run `dbt ARGS` on the database file `working_copy`; its output is passed through, its exit code returned.

    Target and logs are beside the working copy. Settings are passed as environment variables, which options in `args`
    override. Secrets are redacted in the target and log files.
    """
    folder = working_copy.parent
    defaults = {
        "DBT_PROJECT_DIR": str(dbt_dir),
        "DBT_PROFILES_DIR": str(profiles_dir),
        "DBT_TARGET": target,
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_USE_COLORS": str(sys.stdout.isatty() and not os.environ.get("NO_COLOR")),
        "DBT_LOG_LEVEL_FILE": "warn",  # its debug log holds every statement
    }
    environment = {**child_environment(env, working_copy), **defaults}
    command = [str(python), "-c", DBT, *args]
    code = subprocess.run(command, cwd=dbt_dir, env=environment, check=False).returncode
    redact_files(
        str(folder / "target"), Redactor.of_environment(environment, profiles_dir), also=[folder / "logs" / "dbt.log"]
    )
    return code


def warm_parse(
    *,
    python: Path | str,
    dbt_dir: Path,
    profiles_dir: Path,
    target_path: Path,
    log_path: Path,
    target: str,
    database: Path,
    env: Mapping[str, str] | None = None,
    variables: Mapping[str, object] | None = None,
) -> float:
    """Parse the project once, so that the first run finds dbt's parse state in `target_path`; returns the seconds.

    The other arguments must be those of later runs (`database` is the path of the build, which need not exist), or
    dbt parses again. A project that does not parse is a TransformError.
    """
    worker = Worker.start(
        python, dbt_dir, profiles_dir, target_path, log_path, target, env, database=database, variables=variables
    )
    with worker:
        seconds = float(worker.wait_parsed()["seconds"])
        worker.wait_warm()
        return seconds
