"""Variables of `.env` that are not ours belong to the user's sources and models: lent to this process's environment."""

from __future__ import annotations

import os

from sbdk.spec.project import LoadedProject

_lent: dict[str, str] = {}


def environment_of(project: LoadedProject) -> dict[str, str]:
    """What pipelines and models see: `.env`, and above it the real environment."""
    real = {name: value for name, value in os.environ.items() if _lent.get(name) != value}
    return {**project.dotenv, **real}


def lend_environment(project: LoadedProject) -> None:
    """Put the variables of `.env` where they can be seen; the real environment wins. What was lent before is taken back
    first: in a process that lives longer than one run, the file may have changed."""
    for name, value in _lent.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    _lent.clear()
    for name, value in project.dotenv.items():
        if name not in os.environ:
            os.environ[name] = _lent[name] = value
