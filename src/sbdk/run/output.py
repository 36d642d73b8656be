"""Standard output while the sources of a run are at work: what they print goes to standard error.

`sys.stdout` belongs to the whole process. While runs need it, a proxy stands there that looks at who prints: threads
that belong to a run, or that were started since, write to standard error; all others write where they always did.
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
    """Passes everything on to standard error or to the stdout that was there before."""

    def __init__(self, before: Any) -> None:
        self._before = before
        self._others = {thread.ident for thread in threading.enumerate()}

    def __getattr__(self, name: str) -> Any:
        ours = _TO_STDERR.get() or threading.get_ident() not in self._others
        return getattr(sys.stderr if ours else self._before, name)

    def restore(self) -> None:
        """Put the stdout from before back, unless somebody else has put another one in the place since."""
        if sys.stdout is self:
            sys.stdout = self._before


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Within: what this thread, and threads started from now on, print goes to standard error."""
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
