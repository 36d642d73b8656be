"""`sbdk generate` and `sbdk verify`: writes a project's synthetic tables to files, and verifies a copy of them."""

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
    """Write `tables` (none: all) to the folder `out`. The data end at the project's clock, at first its anchor.

    Raises UsageError, before anything is written, for an unknown table or format, rows out of range, and more
    than the disk can hold.
    """
    from sbdk.export import write

    config = project.loaded.config
    if volumes := config.known_rows():
        _require_disk(volumes, tables, rows, file_format, out)
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
    """The end of the data: the clock of the published build; None, for the anchor, if its range is another one."""
    current = project.warehouse().current()
    return current.clock if current and not _range_changed(project, current.record) else None


def _require_disk(
    volumes: dict[str, int], tables: list[str], rows: tuple[int, int] | None, file_format: str, out: Path
) -> None:
    """Estimate from the configured volumes, since data that are far too large cannot even be planned."""
    from sbdk.run.preflight import estimate_files

    chosen = {name: count for name, count in volumes.items() if name in tables or not tables}
    if rows:
        chosen = {name: max(0, min(rows[1], count) - rows[0]) for name, count in chosen.items()}
    estimate_files(chosen, file_format).require_disk(out)


def _range_changed(project: ProjectContext, record: BuildRecord) -> bool:
    """Whether the configured range differs from that of the published build, whose clock then does not apply."""
    return record.inputs.range != range_of(project.loaded)


def verify_files(manifest: Path, path: Path | None) -> list[Difference]:
    """Differences between the copy at `path` (default: beside the manifest) and the manifest.

    In a project that still generates the same data, the first wrong rows are named too.
    """
    from sbdk.export import verify

    project, world = _current_project()
    with project.extensions.active() if project else nullcontext():
        return verify(manifest, path, dataset=world)


def _current_project() -> tuple[ProjectContext | None, Datasets | None]:
    from sbdk.run.project_context import open_context

    try:
        project = open_context(Path.cwd())
        return project, project.world()
    except SbdkError:
        return None, None
