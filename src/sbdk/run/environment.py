"""The variables of a project's `.env` in the environment of this process, for as long as its sources run.

A process has one environment, and libraries written in C and child processes read it without asking Python. So runs
whose `.env` files differ take turns while their sources run; runs that add the same variables run side by side. When
the last one ends, the environment is as it was before, what the sources themselves changed in it included.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition

from sbdk.core.events import Emit, Noted, silent
from sbdk.spec.project import ProjectSpec

_INSIDE: ContextVar[bool] = ContextVar("sbdk_environment", default=False)


class _Exports:
    """Which variables are added now, by how many runs, and the environment without them."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.users = 0
        self.added: dict[str, str] = {}
        self.outside: dict[str, str] = {}


_EXPORTS = _Exports()


def process_environment() -> dict[str, str]:
    """The environment that this process was given, without what runs have added."""
    with _EXPORTS.changed:
        return dict(_EXPORTS.outside) if _EXPORTS.users else dict(os.environ)


def environment_of(project: ProjectSpec) -> dict[str, str]:
    """What pipelines and models see: `.env`, and above it the environment that this process was given."""
    return {**project.dotenv, **process_environment()}


@contextmanager
def exported_dotenv(project: ProjectSpec, emit: Emit = silent) -> Iterator[None]:
    """Within: the variables of `.env` stand in `os.environ`, where the process was given none of that name.

    Waits while another run of this process has other ones there. Within such a block, for another project: adds to what
    is there, and takes it back.
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
        while _EXPORTS.users and _new(wanted, _EXPORTS.outside) != _EXPORTS.added:
            emit(Noted("generate", "waiting for another run of this process, whose .env differs"))
            _EXPORTS.changed.wait()
        if not _EXPORTS.users:
            _EXPORTS.outside = dict(os.environ)
            _EXPORTS.added = _new(wanted, _EXPORTS.outside)
            os.environ.update(_EXPORTS.added)
        _EXPORTS.users += 1


def _leave() -> None:
    with _EXPORTS.changed:
        _EXPORTS.users -= 1
        if not _EXPORTS.users:
            _restore(_EXPORTS.outside)
            _EXPORTS.changed.notify_all()


@contextmanager
def _added(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(_new(wanted, before))
    try:
        yield
    finally:
        _restore(before)


def _new(wanted: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if name not in there}


def _restore(before: Mapping[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
