"""The targets by name. Each is imported on use: `sbdk --help` loads no database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from sbdk.core.errors import UnknownName
from sbdk.core.events import Emit, silent
from sbdk.targets.base import Target

TargetFactory: TypeAlias = Callable[[Path, Path, Emit, Path | None, tuple[Path, ...]], Target]
"""Arguments: the path of the published state, the project's `.sbdk` folder, the receiver of warnings, and `start` and
`folders` of `open_target`."""


def open_target(
    published: Path,
    state: Path,
    *,
    kind: str = "duckdb",
    emit: Emit = silent,
    start: Path | None = None,
    folders: tuple[Path, ...] = (),
) -> Target:
    """The target `kind` of the project whose `.sbdk` folder is `state`; opens nothing. UnknownName.

    `start`: the folder from which relative paths of views over files start; `folders`: those that queries may read.
    """
    if kind not in TARGETS:
        raise UnknownName(f"no target is called {kind!r}", hint=f"known: {', '.join(sorted(TARGETS))}")
    return TARGETS[kind](published, state, emit, start, folders)


def _duckdb(published: Path, state: Path, emit: Emit, start: Path | None, folders: tuple[Path, ...]) -> Target:
    from sbdk.targets.duckdb.outside_files import OutsideFiles
    from sbdk.targets.duckdb.target import DuckDBTarget

    return DuckDBTarget(published, state, emit=emit, files=OutsideFiles(start, folders))


TARGETS: dict[str, TargetFactory] = {"duckdb": _duckdb}
