"""dlt's errors as sbdk's: whose fault it is, in which file and line, and whether trying again may help."""

from __future__ import annotations

from pathlib import Path

from dlt.common.exceptions import TransientException
from dlt.common.schema.exceptions import DataValidationError
from dlt.pipeline.exceptions import PipelineStepFailed

from sbdk.core.errors import LoadError, SbdkError, SourceError, SourceUnavailable
from sbdk.load.blame import blame

_WRAPPERS = ("dlt.pipeline.exceptions", "dlt.extract.exceptions", "dlt.normalize.exceptions", "dlt.load.exceptions")
_SILENT_SERVERS = {
    "requests.exceptions.ConnectionError",
    "requests.exceptions.Timeout",
    "requests.exceptions.ChunkedEncodingError",
    "httpx.TransportError",
    "urllib.error.URLError",
}
_BUSY = {429, 500, 502, 503, 504}


def source_error(error: PipelineStepFailed, folder: Path) -> SbdkError:
    """What went wrong while the sources ran. Ctrl-C, which dlt wraps too, goes on as itself."""
    cause = origin(error)
    if isinstance(cause, KeyboardInterrupt | SbdkError):
        raise cause
    file, place = blame(error, folder)
    said = f"{place}{type(cause).__name__}: {_text(cause)}"
    if is_transient(cause):
        return SourceUnavailable(said, file=file, hint="the source did not answer; run again later")
    if isinstance(cause, DataValidationError):
        return SourceError(_contract_text(cause), file=file, hint=CONTRACT_HINT)
    return SourceError(said, file=file)


def load_error(error: PipelineStepFailed, folder: Path) -> SbdkError:
    """What went wrong while dlt wrote what the sources had yielded."""
    cause = origin(error)
    if isinstance(cause, KeyboardInterrupt | SbdkError):
        raise cause
    if isinstance(cause, DataValidationError):
        return SourceError(_contract_text(cause), hint=CONTRACT_HINT)
    return LoadError(_text(cause))


CONTRACT_HINT = (
    "convert the value in the pipeline, or say what to do with it by schema_contract= of @dlt.resource; "
    "`sbdk dev --full-refresh` starts the table anew"
)


def origin(error: BaseException) -> BaseException:
    """What was raised first, below dlt's wrappers."""
    while type(error).__module__ in _WRAPPERS and error.__cause__ is not None:
        error = error.__cause__
    return error


def is_transient(error: BaseException) -> bool:
    """No answer, no connection, or a server that says it is busy: the same call may succeed later."""
    if isinstance(error, ConnectionError | TimeoutError | TransientException | SourceUnavailable):
        return True
    if getattr(getattr(error, "response", None), "status_code", None) in _BUSY:
        return True
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return bool(names & _SILENT_SERVERS) and getattr(error, "code", None) is None


def _contract_text(error: DataValidationError) -> str:
    where = f"{error.table_name}.{error.column_name}" if error.column_name else str(error.table_name)
    return f"{where} does not fit the table: the contract on {error.schema_entity} is {error.contract_mode!r}"


def _text(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
