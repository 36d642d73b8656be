"""The variables of a project's `.env` in the environment of this process, for as long as its sources run.

A process has one environment, and libraries written in C and child processes read it without asking Python. So runs
whose `.env` files differ wait for one another while their sources run; runs that add the same variables run in
parallel. When the last one ends, the environment is restored, including variables that the sources changed.
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
