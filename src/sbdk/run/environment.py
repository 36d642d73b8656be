"""What the sources of a run find in the process: the variables of `.env`, and standard output that is not ours."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from typing import Any

from sbdk.core.events import Emit, Noted, silent
from sbdk.spec.project import ProjectSpec

_INSIDE: ContextVar[bool] = ContextVar("sbdk_environment", default=False)


class _Exports:
    """The variables that are added at present, the number of runs that added them, and the environment without them."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.users = 0
        self.added: dict[str, str] = {}
        self.original: dict[str, str] = {}


_EXPORTS = _Exports()


def process_environment() -> dict[str, str]:
    """The environment of this process, without the variables that runs have added."""
    with _EXPORTS.changed:
        return dict(_EXPORTS.original) if _EXPORTS.users else dict(os.environ)


def environment_of(project: ProjectSpec) -> dict[str, str]:
    """The environment of pipelines and models: `.env`, overridden by the environment of this process."""
    return {**project.dotenv, **process_environment()}


@contextmanager
def exported_dotenv(project: ProjectSpec, emit: Emit = silent) -> Iterator[None]:
    """Within: `os.environ` has the variables of `.env`, except those that the process already has.

    Waits while another run of this process has exported other variables. Nested, for another project: adds its own
    variables to the exported ones, and removes them at the end.
    """
    if _INSIDE.get():
        with _added(project.dotenv):
            yield
        return
    _enter(project.dotenv, emit)
    token = _INSIDE.set(True)
    try:
        yield
    finally:
        _INSIDE.reset(token)
        _leave()


def _enter(wanted: Mapping[str, str], emit: Emit) -> None:
    with _EXPORTS.changed:
        while _EXPORTS.users and _new(wanted, _EXPORTS.original) != _EXPORTS.added:
            emit(Noted("generate", "waiting for another run of this process, whose .env differs"))
            _EXPORTS.changed.wait()
        if not _EXPORTS.users:
            _EXPORTS.original = dict(os.environ)
            _EXPORTS.added = _new(wanted, _EXPORTS.original)
            os.environ.update(_EXPORTS.added)
        _EXPORTS.users += 1


def _leave() -> None:
    with _EXPORTS.changed:
        _EXPORTS.users -= 1
        if not _EXPORTS.users:
            _restore(_EXPORTS.original)
            _EXPORTS.changed.notify_all()


@contextmanager
def _added(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(_new(wanted, before))
    try:
        yield
    finally:
        _restore(before)


def _new(wanted: Mapping[str, str], existing: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if name not in existing}


def _restore(before: Mapping[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


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
