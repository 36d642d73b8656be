"""Parquet parts for dlt's file import: the fastest way from a world into the warehouse."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sbdk.core.events import Emit, silent
from sbdk.synth.batches import cores
from sbdk.synth.export.parquet import ROW_GROUP, save_plain
from sbdk.synth.export.parts import TableProgress, for_each, split
from sbdk.synth.export.staging import disk_errors
from sbdk.synth.table import TableSet

_FILES = 4  # dlt loads files side by side; more of them gained nothing


def write_parts(
    world: TableSet,
    table: str,
    start: int,
    stop: int,
    folder: Path,
    *,
    clock: datetime | None = None,
    threads: int | None = None,
    emit: Emit = silent,
) -> list[Path]:
    """Rows start ≤ row < stop in up to four uncompressed files in `folder` (which exists), in row order.

    Row groups are DuckDB's 122,880 rows; fewer rows than that make one file, none make an empty one. Each file is made
    and written by a thread of its own, and `emit` is called from these, one at a time. The folder is the caller's, and
    so is what a failure leaves in it. Raises DiskTrouble.
    """
    spans = split(start, stop, _FILES, ROW_GROUP)
    threads = threads or cores()
    each = max(1, threads // len(spans))
    progress = TableProgress(table, stop - start, emit)
    schema = world.tables[table].schema

    def save(span: tuple[int, int]) -> Path:
        path = folder / f"{table}-{spans.index(span)}.parquet"
        batches = world.tables[table].batches(*span, clock=clock, batch_size=ROW_GROUP, threads=each)
        save_plain(progress.watch(batches), schema, path)
        return path

    with disk_errors(folder):
        return for_each(spans, save, threads, progress.stop)
