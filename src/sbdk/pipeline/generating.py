"""`sbdk generate` and `sbdk verify`: a project's synthetic tables as files, and the proof of a copy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit, silent

if TYPE_CHECKING:
    from sbdk.datasets.union import Datasets
    from sbdk.pipeline.project import Project
    from sbdk.synth.export import Difference, Manifest


def write_files(
    project: Project,
    tables: list[str],
    out: Path,
    file_format: str = "parquet",
    *,
    rows: tuple[int, int] | None = None,
    threads: int | None = None,
    batch_size: int | None = None,
    raw: bool = False,
    emit: Emit = silent,
) -> Manifest:
    """Write `tables` (none: all) to the folder `out`. The data end at the project's clock, its anchor at first.

    Raises UsageError, before anything is written, for an unknown table or format, rows that are not there, and more
    than the disk can hold.
    """
    from sbdk.synth.export import write

    config = project.loaded.config
    if known := config.known_rows():
        _require_disk(known, tables, rows, file_format, out)
    return write(
        project.world(),
        tables,
        out,
        file_format,
        rows=rows,
        clock=clock_of(project),
        threads=threads or config.performance.threads,
        batch_size=batch_size,
        seed=config.seed,
        raw=raw,
        emit=emit,
    )


def clock_of(project: Project) -> datetime | None:
    """Where the data end: at the clock of what was published; None, the anchor, if that is of another range."""
    current = project.warehouse().current()
    return current.clock if current and not _moved(project, current.facts) else None


def _require_disk(
    known: dict[str, int], tables: list[str], rows: tuple[int, int] | None, file_format: str, out: Path
) -> None:
    """By the configured volumes, since a world that is far too large cannot even be planned."""
    from sbdk.spec.estimate import estimate_files

    wanted = {name: count for name, count in known.items() if name in tables or not tables}
    if rows:
        wanted = {name: max(0, min(rows[1], count) - rows[0]) for name, count in wanted.items()}
    estimate_files(wanted, file_format).require_disk(out)


def _moved(project: Project, facts: dict[str, object]) -> bool:
    """Whether the configured range is another one than that of the published build: then its clock says nothing."""
    settings = project.loaded.config.world_settings()
    inputs = facts["inputs"]
    assert isinstance(inputs, dict)
    return bool(inputs["range"] != [settings.start.isoformat(), settings.anchor.isoformat()])


def verify_files(manifest: Path, path: Path | None) -> list[Difference]:
    """What differs between the copy at `path` (default: beside the manifest) and what the manifest says.

    In a project that still makes the same world, the first wrong rows are named too.
    """
    from sbdk.synth.export import verify

    return verify(manifest, path, world=_world_here())


def _world_here() -> Datasets | None:
    from sbdk.pipeline.project import Project

    try:
        return Project(Path.cwd()).world()
    except SbdkError:
        return None
