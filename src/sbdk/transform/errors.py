"""What dbt says went wrong as an error that names file and line, and what to do."""

from __future__ import annotations

from sbdk.core.errors import TransformError
from sbdk.transform.results import Failure


def failure_to_error(failure: Failure) -> TransformError:
    """The TransformError of a Failure."""
    line = f", line {failure.line}" if failure.line else ""
    file = f"{failure.file}{line}" if failure.file else None
    return TransformError(failure.message, file=file, hint=_hint(failure))


def _hint(failure: Failure) -> str:
    if failure.code == "import":
        return "install dbt-core and dbt-duckdb into this environment, or remove them from the project's own"
    return "mend the file and run again; `sbdk dbt parse` checks it alone"
