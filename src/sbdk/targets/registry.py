"""The targets by name. Each is imported on use: `sbdk --help` loads no database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from sbdk.core.errors import UnknownName
from sbdk.core.events import Emit, silent
from sbdk.targets.base import Target

TargetFactory: TypeAlias = Callable[[Path, Path, Emit], Target]
"""Arguments: the path of the published state, the project's `.sbdk` folder, and the receiver of warnings."""


def open_target(published: Path, state: Path, *, kind: str = "duckdb", emit: Emit = silent) -> Target:
    """The target `kind` of the project whose `.sbdk` folder is `state`; opens nothing. UnknownName."""
    if kind not in TARGETS:
        raise UnknownName(f"no target is called {kind!r}", hint=f"known: {', '.join(sorted(TARGETS))}")
    return TARGETS[kind](published, state, emit)


def _duckdb(published: Path, state: Path, emit: Emit) -> Target:
    from sbdk.targets.duckdb.target import DuckDBTarget

    return DuckDBTarget(published, state, emit=emit)


TARGETS: dict[str, TargetFactory] = {"duckdb": _duckdb}
