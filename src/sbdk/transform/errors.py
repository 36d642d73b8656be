"""What dbt says went wrong as an error that names file and line, and what to do."""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import DiskTrouble, TransformError
from sbdk.transform.results import Failure

HINTS = {
    "import": "install dbt-core and dbt-duckdb into this environment, or take them out of the project's own .venv",
    "test": "look at the rows, mend the data or the model, and run again",
    "model": "mend the model and run again",
    "profile": "in profiles.yml write `path: \"{{ env_var('SBDK_DATABASE', '.sbdk/dbt/dev.duckdb') }}\"`",
    "EnvVarMissingError": "set the variable in .env or in the environment",
}
OTHERWISE = "mend the file and run again; `sbdk dbt parse` checks it alone"
DISK = ("No space left on device", "Read-only file system", "Disk quota exceeded")


def failure_to_error(failure: Failure, dbt_dir: Path) -> TransformError | DiskTrouble:
    """The error of a Failure; its file is absolute where dbt names one that exists. A disk's fault is no model's."""
    if any(words in failure.message for words in DISK):
        return DiskTrouble(failure.message, hint="make room or make the project folder writable, then run again")
    message = f"line {failure.line}: {failure.message}" if failure.line else failure.message
    file = dbt_dir / failure.file if failure.file and (dbt_dir / failure.file).exists() else failure.file
    hint = "`sbdk dbt deps` installs them" if '"dbt deps"' in message else HINTS.get(failure.code, OTHERWISE)
    return TransformError(message, file=file, hint=hint)
