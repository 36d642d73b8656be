"""Sessions with dlt: several projects may load at once in one process, in a thread each.

dlt has one run context per process, and Python one hook for warnings. While sessions are open, both are replaced by
routers that forward each call to the session of the calling thread. The last session to end restores the state that
the first one found.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.pipeline import PipelineContext
from dlt.extract.incremental.context import TimeIntervalContext

from sbdk.core.errors import UsageError
from sbdk.load.compat import ProjectRunContext, RoutedRunContext, pool_owner, replace_run_context

FIXED: dict[str, Any] = {
    # intercept_signals: dlt would answer the first Ctrl-C by draining its pools; a build is thrown away, so just stop
    "runtime": {"dlthub_telemetry": False, "sentry_dsn": None, "slack_incoming_hook": None, "intercept_signals": False},
    # no trace.pickle: nothing reads it, it costs time, and unpickling a file executes code
    "enable_runtime_trace": False,
    # the state of a run is stored in the build and nowhere else
    "restore_from_destination": True,
    "use_single_dataset": True,
    # a failed job fails the build, which is thrown away: trying it again could only double rows.
    # finished jobs take up disk until the working folder is removed with the build
    "load": {"raise_on_max_retries": 1, "delete_completed_jobs": True},
}
"""Settings that neither the environment nor a file can change: the guarantees of a run depend on them."""


DEFAULTS: dict[str, Any] = {"runtime": {"request_max_attempts": 3}}
"""Settings of dlt that the environment or a file may change: its HTTP client tries three times, like sbdk."""


TimeRange = tuple[datetime, datetime]
"""Half-open: start ≤ time < stop, naive UTC."""

Warn = Callable[[str, str, str, int], None]
"""Takes the category and text of a warning, and the file and line that it was raised for."""
Log = Callable[[int, str], None]
"""Takes the level and text of a record of dlt's log."""


@dataclass(eq=False)
class Session:
    """One project in dlt. `warn` and `log` receive Python's warnings and the records of dlt's log."""

    root: Path
    work: Path
    thread: int
    context: PluggableRunContext = field(init=False)
    warn: Warn | None = None
    log: Log | None = None

    def __post_init__(self) -> None:
        self.context = PluggableRunContext(ProjectRunContext(self.root, self.work, FIXED, DEFAULTS))

    @contextmanager
    def capture(self, warn: Warn, log: Log) -> Iterator[None]:
        """Within: `warn` and `log` receive warnings and log records, in place of the previous receivers."""
        before = self.warn, self.log
        self.warn, self.log = warn, log
        try:
            yield
        finally:
            self.warn, self.log = before


_SESSION: ContextVar[Session | None] = ContextVar("sbdk_load_session", default=None)
_OPEN: list[Session] = []
_LOCK = threading.RLock()
_RESTORE = ExitStack()
"""Closed by the last session to end; restores the run context, the log handlers and the warnings hook."""


def current_session() -> Session | None:
    """The session that the calling thread belongs to.

    Threads of dlt's pools carry the id of the thread that started them in their names. A thread that a pipeline started
    itself carries nothing: it gets the only session that is open, and none where several are.
    """
    session = _SESSION.get()
    if session is not None:
        return session
    open_now = list(_OPEN)
    owner = pool_owner(threading.current_thread().name)
    if owner is not None:
        open_now = [each for each in open_now if each.thread == owner] or open_now
    return open_now[0] if len(open_now) == 1 else None


def ambiguous_thread() -> UsageError:
    """The error of a thread that a pipeline started itself while several runs are in progress in this process."""
    return UsageError(
        "several runs are in progress, and this thread belongs to none of them",
        hint="start it with contextvars.copy_context().run",
    )


def session(root: Path, work: Path) -> AbstractContextManager[Session]:
    """Within: dlt reads its settings from the project at `root` and writes below `work`, in this thread and its own.

    Inside a session with the same folders, that session is used.
    """
    root, work = root.resolve(), work.resolve()
    current = _SESSION.get()
    if current is not None and (current.root, current.work) == (root, work):
        return nullcontext(current)
    return _opened(root, work)


@contextmanager
def _opened(root: Path, work: Path) -> Iterator[Session]:
    opened = Session(root, work, threading.get_ident())
    with _LOCK:
        if not _OPEN:
            _install_routers()
        _OPEN.append(opened)
    token = _SESSION.set(opened)
    try:
        opened.context.in_container = True
        opened.context.add_extras()
        with Container().injectable_context(PipelineContext()):  # leaves dlt's active pipeline unchanged
            yield opened
    finally:
        _SESSION.reset(token)
        with _LOCK:
            _OPEN.remove(opened)
            if not _OPEN:
                _RESTORE.close()


def _install_routers() -> None:
    _RESTORE.enter_context(_forwarded())
    _RESTORE.callback(replace_run_context(RoutedRunContext(_current_run_context)))


def _current_run_context() -> PluggableRunContext:
    current = current_session()
    if current is None:
        raise ambiguous_thread()
    return current.context


class _ForwardingHandler(logging.Handler):
    """Passes dlt's log records to the session of the logging thread. Errors are left out: they are raised as well."""

    def emit(self, record: logging.LogRecord) -> None:
        current = current_session()
        if current is not None and current.log is not None and record.levelno < logging.ERROR:
            current.log(record.levelno, " ".join(record.getMessage().split()))


@contextmanager
def _forwarded() -> Iterator[None]:
    """Within: dlt's log and Python's warnings go to the session of the thread that emits them.

    dlt adds a handler of its own, which writes to standard error, only to a logger that has none.
    """
    logger = logging.getLogger("dlt")
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [_ForwardingHandler()], False
    try:
        with warnings.catch_warnings():
            show_before = warnings.showwarning

            def show(message: Any, category: Any, filename: str, lineno: int, *more: Any, **named: Any) -> None:
                current = current_session()
                if current is not None and current.warn is not None:
                    current.warn(category.__name__, str(message), filename, lineno)
                else:
                    show_before(message, category, filename, lineno, *more, **named)

            warnings.showwarning = show
            yield
    finally:
        logger.handlers, logger.propagate = before


def scheduled_interval(interval: TimeRange | None) -> AbstractContextManager[Any]:
    """Within: dlt's `incremental(allow_external_schedulers=True)` and `dlt.current.interval` get this interval, in this
    thread and dlt's own. None: the interval of the process's environment stays in force."""
    if interval is None:
        return nullcontext()
    start, stop = (bound.replace(tzinfo=UTC) for bound in interval)
    return Container().injectable_context(TimeIntervalContext((start, stop)))  # type: ignore[no-any-return]
