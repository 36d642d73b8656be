"""`sbdk generate` and `sbdk verify`: a project's synthetic tables as files, and the proof of a copy."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit, silent
from sbdk.run.fingerprints import range_of

if TYPE_CHECKING:
    from sbdk.datasets.union import Datasets
    from sbdk.export import Difference, Manifest
    from sbdk.run.project_context import ProjectContext
    from sbdk.state.record import BuildRecord


def write_files(
    project: ProjectContext,
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
    from sbdk.export import write

    config = project.loaded.config
    if known := config.known_rows():
        _require_disk(known, tables, rows, file_format, out)
    with project.extensions.active():
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


def clock_of(project: ProjectContext) -> datetime | None:
    """Where the data end: at the clock of what was published; None, the anchor, if that is of another range."""
    current = project.warehouse().current()
    return current.clock if current and not _moved(project, current.record) else None


def _require_disk(
    known: dict[str, int], tables: list[str], rows: tuple[int, int] | None, file_format: str, out: Path
) -> None:
    """By the configured volumes, since a world that is far too large cannot even be planned."""
    from sbdk.run.estimate import estimate_files

    wanted = {name: count for name, count in known.items() if name in tables or not tables}
    if rows:
        wanted = {name: max(0, min(rows[1], count) - rows[0]) for name, count in wanted.items()}
    estimate_files(wanted, file_format).require_disk(out)


def _moved(project: ProjectContext, record: BuildRecord) -> bool:
    """Whether the configured range is another one than that of the published build: then its clock says nothing."""
    return record.inputs.range != range_of(project.loaded)


def verify_files(manifest: Path, path: Path | None) -> list[Difference]:
    """What differs between the copy at `path` (default: beside the manifest) and what the manifest says.

    In a project that still makes the same world, the first wrong rows are named too.
    """
    from sbdk.export import verify

    project, world = _project_here()
    with project.extensions.active() if project else nullcontext():
        return verify(manifest, path, dataset=world)


def _project_here() -> tuple[ProjectContext | None, Datasets | None]:
    from sbdk.run.project_context import open_context

    try:
        project = open_context(Path.cwd())
        return project, project.world()
    except SbdkError:
        return None, None
