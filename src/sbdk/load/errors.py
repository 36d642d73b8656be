"""Turns what dlt and a user's source raise into a SourceError or LoadError that names file and line; and retries.

A source that did not respond is tried three times, with exponential backoff and a little random jitter.
"""

from __future__ import annotations

import errno
import inspect
import os
import random
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import TransientException
from dlt.common.schema.exceptions import DataValidationError
from dlt.pipeline.exceptions import PipelineStepFailed
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from sbdk.core.errors import DiskError, LoadError, SbdkError, SourceError, SourceUnavailable
from sbdk.core.events import Emit, Warned
from sbdk.load.compat import generator_of
from sbdk.load.source_errors import explain

_WRAPPERS = ("dlt.pipeline.exceptions", "dlt.extract.exceptions", "dlt.normalize.exceptions", "dlt.load.exceptions")
_NO_RESPONSE = {
    "requests.exceptions.ConnectionError",
    "requests.exceptions.Timeout",
    "requests.exceptions.ChunkedEncodingError",
    "httpx.TransportError",
    "urllib.error.URLError",
}
_BUSY = {429, 500, 502, 503, 504}
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_LONGEST = 500

FULL_REFRESH = "`sbdk dev --full-refresh` rebuilds the tables"
REMEDY = (
    "convert the value in the pipeline, or set schema_contract= of @dlt.resource to what should happen to it; "
    + FULL_REFRESH
)

_NO_DLT_COLUMN = re.compile(r"NOT NULL constraint failed: (\S+)\._dlt_(?:load_)?id\b")
_ADD_DLT_COLUMNS = (
    "in .env, NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID=true and NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_ID=true "
    "add them to Arrow rows; or " + FULL_REFRESH
)


def source_error(error: BaseException, folder: Path, files: Mapping[str, Path]) -> SbdkError:
    """The error of an extraction that failed. A KeyboardInterrupt, which dlt wraps too, is raised as it is.

    files: the file of each resource, for errors whose traceback has no line of the user's.
    """
    cause = _unwrapped(error)
    if disk := _disk_trouble(cause):
        return disk
    if getattr(error, "step", "extract") != "extract":
        return LoadError(f"the state kept in the warehouse cannot be read: {_text(cause)}")
    file, position = locate(error, folder, default=_file_of(error, files))
    if isinstance(cause, DataValidationError | ConfigFieldMissingException):
        return describe(cause, file)
    return source_failure(error, cause, file, position or _resource_of(error))


def source_failure(error: BaseException, cause: BaseException, file: Path | None, where: str) -> SbdkError:
    """SourceUnavailable or SourceError; one that dlt's own HTTP client has retried already says so (`retried`)."""
    meant = explain(cause)
    message = f"{where}{meant.message}" if meant else f"{where}{type(cause).__name__}: {_text(cause)}"
    if is_transient(cause) or (meant and meant.transient):
        failed = SourceUnavailable(message, file=file, hint="the source did not respond; run again later")
        failed.retried = any(_RETRYING in frame.filename for each in causes(error) for frame in _frames(each))
        return failed
    return SourceError(message, file=file, hint=meant.hint if meant else None)


_RETRYING = str(Path("sources", "helpers", "rest_client", "client.py"))
"""The file of dlt through which its REST client, which tries again by itself, sends requests."""


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__))


def _resource_of(error: BaseException) -> str:
    """`the resource 'orders': `, from dlt's error; empty if it names none."""
    for cause in causes(error):
        name = getattr(cause, "pipe_name", None) or getattr(cause, "resource_name", None)
        if name:
            return f"the resource {str(name)!r}: "
    return ""


def import_failure(error: BaseException, file: Path | None, position: str, hint: str) -> SbdkError:
    """The error of a file that could not be imported; a source that it asked, and that failed, is reported as such."""
    if is_transient(error) or (not isinstance(error, ImportError) and explain(error) is not None):
        return source_failure(error, error, file, position)
    return SourceError(f"{position}cannot be imported: {type(error).__name__}: {error}", file=file, hint=hint)


def load_error(error: PipelineStepFailed, files: Mapping[str, Path]) -> SbdkError:
    """The error of a load that failed while dlt normalized or wrote the extracted items."""
    cause = _unwrapped(error)
    if disk := _disk_trouble(cause):
        return disk
    file = _file_of(error, files)
    if error.step == "load" and (without_id := _NO_DLT_COLUMN.search(str(cause))):
        table = without_id[1]
        message = (
            f"{table}: its rows came as dicts, to which dlt adds _dlt_load_id and _dlt_id; Arrow rows have neither"
        )
        return LoadError(message, file=file, hint=_ADD_DLT_COLUMNS)
    return describe(cause, file) if error.step == "normalize" else LoadError(_text(cause), file=file, hint=FULL_REFRESH)


def _disk_trouble(cause: BaseException) -> DiskError | None:
    """DiskError if the disk is full or not writable; DuckDB reports that only in the text of its message."""
    full = isinstance(cause, OSError) and cause.errno in _DISK
    if full or any(os.strerror(number) in str(cause) for number in _DISK):
        return DiskError(_text(cause), hint="free some space or change the permissions, then run again")
    return None


def _file_of(error: BaseException, files: Mapping[str, Path]) -> Path | None:
    """The file of the resource named in the error; else the only file, if there is just one; else None."""
    for cause in causes(error):
        table = getattr(cause, "table_schema", None) or {}
        name = getattr(cause, "pipe_name", None) or getattr(cause, "resource_name", None) or table.get("resource")
        if name and str(name) in files:
            return files[str(name)]
    only = set(files.values())
    return only.pop() if len(only) == 1 else None


def describe(cause: BaseException, file: Path | None) -> SourceError:
    """A SourceError with the details of a broken contract or of a missing setting, which dlt keeps in attributes."""
    if isinstance(cause, DataValidationError):
        return SourceError(_broken_contract(cause), file=file, hint=REMEDY)
    if isinstance(cause, ConfigFieldMissingException):
        names = ", ".join(repr(field) for field in cause.fields)
        return SourceError(f"the setting {names} is missing", file=file, hint=_where_to_set(cause))
    return SourceError(_text(cause), file=file)


def origin(error: BaseException) -> BaseException:
    """The original exception, below dlt's wrappers."""
    while type(error).__module__ in _WRAPPERS and error.__cause__ is not None:
        error = error.__cause__
    return error


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: no response, no connection, or a status that means busy."""
    if isinstance(error, ConnectionError | TimeoutError | TransientException | SourceUnavailable):
        return True
    if getattr(getattr(error, "response", None), "status_code", None) in _BUSY:
        return True
    if getattr(error, "code", None) in _BUSY:  # urllib.error.HTTPError
        return True
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return bool(names & _NO_RESPONSE) and getattr(error, "code", None) is None


def _unwrapped(error: BaseException) -> BaseException:
    cause = origin(error)
    if isinstance(cause, KeyboardInterrupt) or (isinstance(cause, SbdkError) and not is_transient(cause)):
        raise cause
    return cause


def _broken_contract(error: DataValidationError) -> str:
    """`t.a__v_text` is dlt's name for a text that arrived where the column `a` of `t` has another type."""
    column, _, arrived = (error.column_name or "").partition("__v_")
    where = f"{error.table_name}.{column}" if column else error.table_name
    what = f"a value of type {arrived}" if arrived else "a column of another type, or one that may be null and was not,"
    if error.schema_entity == "columns":
        what = "a new column"
    elif error.schema_entity == "tables":
        what = "a new table"
    return f"{where}: {what} came, and the contract on {error.schema_entity} says {error.contract_mode}"


def _where_to_set(error: ConfigFieldMissingException) -> str:
    traces = [trace for field in error.traces.values() for trace in field if hasattr(trace, "key")]
    keys = [trace.key for trace in traces if "environment" in trace.provider.lower()]
    return (
        f"set it in the environment, as {keys[0]}, or in .dlt/secrets.toml" if keys else "set it in .dlt/secrets.toml"
    )


def _text(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text or type(error).__name__


def locate(error: BaseException, folder: Path, *, default: Path | None = None) -> tuple[Path | None, str]:
    """The file below `folder` and `"line 12: "`; the default file and `""` if the traceback has no line in it.

    The deepest cause counts, and in it the innermost frame: dlt wraps exceptions of a generator two or three times.
    """
    folder = folder.resolve()
    for cause in reversed(list(causes(error))):
        if isinstance(cause, SyntaxError) and cause.filename and _is_user_file(cause.filename, folder):
            return Path(cause.filename), f"line {cause.lineno}: "
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if _is_user_file(frame.filename, folder):
                return Path(frame.filename), f"line {frame.lineno}: "
    return default, ""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, what caused it, and so on down to the first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _is_user_file(filename: str, folder: Path) -> bool:
    path = Path(filename)
    return path.is_absolute() and folder in path.resolve().parents and "site-packages" not in path.parts


def resource_file(resource: Any, folder: Path) -> Path | None:
    """The file below `folder` in which the generator of a dlt resource is defined."""
    generator = generator_of(resource)
    code = getattr(generator, "gi_code", None) or getattr(
        inspect.unwrap(generator) if callable(generator) else None, "__code__", None
    )
    return Path(code.co_filename) if code is not None and _is_user_file(code.co_filename, folder.resolve()) else None


ATTEMPTS = 3
FIRST_WAIT = 1.0
SPREAD = 0.1
"""Waits are FIRST_WAIT · 2ⁿ seconds times 1 − SPREAD to 1 + SPREAD, so that several runs do not retry in step."""


def _may_succeed(error: BaseException) -> bool:
    return isinstance(error, SourceUnavailable) and not error.retried


def retrying(wait: Callable[[float], None], emit: Emit, *, repeat: bool) -> Retrying:
    """Attempts to loop over, one if not `repeat`. Only SourceUnavailable is retried, unless dlt's HTTP
    client has tried several times; the last one is raised."""

    def warn(state: RetryCallState) -> None:
        assert state.outcome is not None
        assert state.next_action is not None
        seconds, attempt = state.next_action.sleep, f"attempt {state.attempt_number} of {ATTEMPTS}"
        text = f"{attempt} failed: {state.outcome.exception()}; again in {seconds:.1f} s"
        emit(Warned("generate", text))

    return Retrying(
        sleep=wait,
        stop=stop_after_attempt(ATTEMPTS if repeat else 1),
        wait=_spread_doubling,
        retry=retry_if_exception(_may_succeed),
        before_sleep=warn,
        reraise=True,
    )


def _spread_doubling(state: RetryCallState) -> float:
    planned: float = FIRST_WAIT * 2.0 ** (state.attempt_number - 1)
    return planned * random.uniform(1 - SPREAD, 1 + SPREAD)
