"""What dbt says went wrong as an error that names file and line, and what to do."""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import TransformError
from sbdk.transform.results import Failure

HINTS = {
    "import": "install dbt-core and dbt-duckdb into this environment, or take them out of the project's own .venv",
    "test": "look at the rows, mend the data or the model, and run again",
    "model": "mend the model and run again",
}
OTHERWISE = "mend the file and run again; `sbdk dbt parse` checks it alone"


def failure_to_error(failure: Failure, dbt_dir: Path) -> TransformError:
    """The TransformError of a Failure; its file is absolute where dbt names one that exists."""
    message = f"line {failure.line}: {failure.message}" if failure.line else failure.message
    file = dbt_dir / failure.file if failure.file and (dbt_dir / failure.file).exists() else failure.file
    return TransformError(message, file=file, hint=HINTS.get(failure.code, OTHERWISE))
