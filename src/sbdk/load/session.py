"""A project's time with dlt: several projects may load at once in one process, in a thread each.

dlt keeps one run context per process, and so does Python with the hook for warnings. While sessions are open, a router
stands in their place that answers each caller by the session that its thread belongs to. The last session to end puts
everything back as the first one found it.
"""

from __future__ import annotations

import logging
import re
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
from dlt.common.configuration.specs.base_configuration import ContainerInjectableContext
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.pipeline import PipelineContext
from dlt.extract.incremental.context import TimeIntervalContext

from sbdk.core.errors import UsageError
from sbdk.load.compat import ProjectContext

FIXED: dict[str, Any] = {
    # intercept_signals: dlt would answer the first Ctrl-C by draining its pools; a build is thrown away, so just stop
    "runtime": {"dlthub_telemetry": False, "sentry_dsn": None, "slack_incoming_hook": None, "intercept_signals": False},
    # no trace.pickle: nobody reads it, it costs time, and unpickling a file is running it
    "enable_runtime_trace": False,
    # the state of a run lies in the build and nowhere else
    "restore_from_destination": True,
    "use_single_dataset": True,
    # a failed job fails the build, which is thrown away: trying it again could only double rows.
    # finished jobs take up disk until the working folder is removed with the build
    "load": {"raise_on_max_retries": 1, "delete_completed_jobs": True},
}
"""Settings that stand above environment and files, because the promises of a run rest on them."""


Interval = tuple[datetime, datetime]
"""Half-open: start ≤ time < stop, naive UTC."""

Warn = Callable[[str, str, str, int], None]
"""Takes the category and text of a warning, and the file and line that it was raised for."""
Log = Callable[[int, str], None]
"""Takes the level and text of a record of dlt's log."""


@dataclass(eq=False)
class Session:
    """One project's time with dlt. `warn` and `log` receive Python's warnings and the records of dlt's log."""

    root: Path
    work: Path
    thread: int
    context: PluggableRunContext = field(init=False)
    warn: Warn | None = None
    log: Log | None = None

    def __post_init__(self) -> None:
        self.context = PluggableRunContext(ProjectContext(self.root, self.work, FIXED))

    @contextmanager
    def listening(self, warn: Warn, log: Log) -> Iterator[None]:
        """Within: `warn` and `log` receive what comes, in place of those before."""
        before = self.warn, self.log
        self.warn, self.log = warn, log
        try:
            yield
        finally:
            self.warn, self.log = before


_SESSION: ContextVar[Session | None] = ContextVar("sbdk_load_session", default=None)
_OPEN: list[Session] = []
_LOCK = threading.RLock()
_OUTSIDE = ExitStack()
"""What the last session to end has to put back."""


def current_session() -> Session | None:
    """The session that the calling thread belongs to.

    Threads of dlt's pools carry the id of the thread that started them in their names. A thread that a pipeline started
    itself carries nothing: it gets the only session that is open, and none where several are.
    """
    session = _SESSION.get()
    if session is not None:
        return session
    open_now = list(_OPEN)
    pool = re.match(r"dlt-pool-(\d+)-", threading.current_thread().name)
    if pool:
        open_now = [each for each in open_now if each.thread == int(pool[1])] or open_now
    return open_now[0] if len(open_now) == 1 else None


def ambiguous_thread() -> UsageError:
    """What a thread that a pipeline started itself gets while several runs are at work in this process."""
    return UsageError(
        "several runs are at work, and this thread does not say to which of them it belongs",
        hint="start it with contextvars.copy_context().run",
    )


def session(root: Path, work: Path) -> AbstractContextManager[Session]:
    """Within: dlt lives in the project at `root` and writes below `work`, for this thread and those that it starts.

    Inside a session of the same project, that one goes on.
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
            _take_over()
        _OPEN.append(opened)
    token = _SESSION.set(opened)
    try:
        opened.context.in_container = True
        opened.context.add_extras()
        with Container().injectable_context(PipelineContext()):  # dlt's active pipeline stays whatever it was
            yield opened
    finally:
        _SESSION.reset(token)
        with _LOCK:
            _OPEN.remove(opened)
            if not _OPEN:
                _OUTSIDE.close()


def _take_over() -> None:
    container = Container()
    contexts = container.thread_contexts[Container._MAIN_THREAD_ID][0]
    before = contexts.get(
        PluggableRunContext
    )  # asked of the container, dlt would make one that writes to the home folder
    _OUTSIDE.enter_context(_forwarded())
    contexts[PluggableRunContext] = _Router()
    if before is None:
        _OUTSIDE.callback(contexts.pop, PluggableRunContext, None)
    else:
        _OUTSIDE.callback(contexts.__setitem__, PluggableRunContext, before)


class _Forward(logging.Handler):
    """Hands dlt's log records to the session of the thread that logs. Errors are left out: they are raised as well."""

    def emit(self, record: logging.LogRecord) -> None:
        current = current_session()
        if current is not None and current.log is not None and record.levelno < logging.ERROR:
            current.log(record.levelno, " ".join(record.getMessage().split()))


@contextmanager
def _forwarded() -> Iterator[None]:
    """Within: dlt's log and Python's warnings go to the session of the thread that they come from.

    The handler stands where dlt looks for one before it makes its own, which writes to standard error.
    """
    logger = logging.getLogger("dlt")
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [_Forward()], False
    try:
        with warnings.catch_warnings():
            otherwise = warnings.showwarning

            def show(message: Any, category: Any, filename: str, lineno: int, *more: Any, **named: Any) -> None:
                current = current_session()
                if current is not None and current.warn is not None:
                    current.warn(category.__name__, str(message), filename, lineno)
                else:
                    otherwise(message, category, filename, lineno, *more, **named)

            warnings.showwarning = show
            yield
    finally:
        logger.handlers, logger.propagate = before


class _Router(PluggableRunContext):  # type: ignore[misc]
    """Stands where dlt looks for the one run context of the process, and answers with that of the caller's session.

    Raises UsageError in a thread of which that is not known.
    """

    def __init__(self) -> None:
        ContainerInjectableContext.__init__(self)
        self.in_container = self.extras_added = True

    def __getattribute__(self, name: str) -> Any:
        if name in _ROUTED:
            current = current_session()
            if current is None:
                raise ambiguous_thread()
            return getattr(current.context, name)
        return super().__getattribute__(name)


_ROUTED = frozenset(
    {"context", "providers", "reload", "reload_providers", "initialize_runtime", "push_context", "pop_context"}
)


def interval_given(interval: Interval | None) -> AbstractContextManager[Any]:
    """Within: dlt's `incremental(allow_external_schedulers=True)` and `dlt.current.interval` get this interval, in this
    thread and dlt's own. None leaves what the process's environment says."""
    if interval is None:
        return nullcontext()
    start, stop = (bound.replace(tzinfo=UTC) for bound in interval)
    return Container().injectable_context(TimeIntervalContext((start, stop)))  # type: ignore[no-any-return]
