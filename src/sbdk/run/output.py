"""Redirects the standard output of a run's sources to standard error.

`sys.stdout` belongs to the whole process. While sources run, a proxy replaces it that decides by thread: threads of a
run, and threads started since, write to standard error; all others write to the original standard output.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_TO_STDERR: ContextVar[bool] = ContextVar("sbdk_prints_to_stderr", default=False)
_LOCK = threading.Lock()
_USERS = 0
_PROXY: _Stdout | None = None


class _Stdout:
    """Forwards to standard error or to the original standard output, by thread."""

    def __init__(self, original: Any) -> None:
        self._original = original
        self._other_threads = {thread.ident for thread in threading.enumerate()}

    def __getattr__(self, name: str) -> Any:
        redirected = _TO_STDERR.get() or threading.get_ident() not in self._other_threads
        return getattr(sys.stderr if redirected else self._original, name)

    def restore(self) -> None:
        """Restore the original standard output, unless it has been replaced again since."""
        if sys.stdout is self:
            sys.stdout = self._original


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Within: this thread, and threads started from now on, print to standard error."""
    global _USERS, _PROXY
    with _LOCK:
        _USERS += 1
        if _USERS == 1:
            _PROXY = _Stdout(sys.stdout)
            sys.stdout = _PROXY
    token = _TO_STDERR.set(True)
    try:
        yield
    finally:
        _TO_STDERR.reset(token)
        with _LOCK:
            _USERS -= 1
            if not _USERS and _PROXY is not None:
                _PROXY.restore()
                _PROXY = None
