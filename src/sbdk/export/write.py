"""Writes tables to files, each in parts on several threads; all files are published, or none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from sbdk.core.errors import UnknownName, UsageError, suggestion
from sbdk.core.events import Emit, Progress, silent
from sbdk.export.content_hash import ContentHash, hash_batch
from sbdk.export.formats import Batches, Format, formats
from sbdk.export.manifest import FileEntry, Manifest, TableEntry, columns_of
from sbdk.export.parquet import ROW_GROUP, save_plain
from sbdk.export.staging import disk_errors, publish, staging
from sbdk.synth.batches import cores
from sbdk.synth.columns.arrays import family
from sbdk.synth.table import TableSet

_ROWS_PER_FILE = 10 * ROW_GROUP
_FILES = 4  # dlt loads files in parallel; more files were not faster
Part = TypeVar("Part")
Result = TypeVar("Result")


def write(
    dataset: TableSet,
    tables: Sequence[str],
    out: Path,
    format: str = "parquet",
    *,
    rows: tuple[int, int] | None = None,
    clock: datetime | None = None,
    threads: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    emit: Emit = silent,
    raw: bool = False,
) -> Manifest:
    """Write `tables` (none: all) to the folder `out` as `format`, and return its new manifest, old entries included.

    rows: a ≤ row < b, 0-based, of each table; default all before the clock, which is the anchor by default. raw: CSV
    texts without the apostrophe against formulas. seed goes into the manifest. The files are called TABLE.parquet or,
    beyond 1,228,800 rows, TABLE-00000.parquet and so on, whatever the threads. Memory does not grow with rows.
    Files are written to a hidden folder first: however this ends, `out` holds whole files and a correct manifest.

    Raises UsageError before anything is written (unknown format or table, rows that do not exist, a type that the
    format cannot hold), and DiskError.
    """
    kind = formats.get(format)
    if any(number is not None and number < 1 for number in (threads, batch_size)):
        raise UsageError("threads and batch size must be at least 1")
    export = _Export(dataset, kind, clock or dataset.anchor, threads or cores(), batch_size or ROW_GROUP, raw, emit)
    spans = {table: export.span(table, rows) for table in tables or dataset.tables}
    with staging(out) as folder:
        entries = {table: export.write_table(table, span, folder, format, seed) for table, span in spans.items()}
        return publish(folder, out, entries, emit)


@dataclass(frozen=True)
class _Export:
    """The arguments of `write` that are the same for all tables."""

    dataset: TableSet
    kind: Format
    clock: datetime
    threads: int
    batch_size: int
    raw: bool
    emit: Emit

    def span(self, table: str, rows: tuple[int, int] | None) -> tuple[int, int]:
        """The rows of `table` to write. Raises UsageError for an unknown table, other rows, or a type that the format
        cannot hold."""
        if table not in self.dataset.tables:
            raise _unknown(table, list(self.dataset.tables))
        for column in self.dataset.tables[table].schema:
            if family(column.type) in self.kind.cannot_hold:
                raise UsageError(
                    f"{table}.{column.name} is {column.type}, which this format cannot hold", hint="use parquet"
                )
        count = self.dataset.tables[table].count(self.clock)
        start, stop = rows or (0, count)
        if rows and not 0 <= start < stop <= count:
            hint = f"{table} has {count:,} rows: give A:B with 0 ≤ A < B ≤ {count}"
            raise UsageError(f"rows {start}:{stop} of {table} are not there", hint=hint)
        return start, stop

    def write_table(self, table: str, span: tuple[int, int], folder: Path, format: str, seed: int | None) -> TableEntry:
        schema = self.dataset.tables[table].schema
        spans = split(*span, _files(span[1] - span[0]), ROW_GROUP)
        progress = TableProgress(table, span[1] - span[0], self.emit)

        def save(part: tuple[int, int]) -> tuple[FileEntry, ContentHash]:
            path = folder / _name(table, spans.index(part), len(spans), self.kind.suffix)
            return self._save(table, part, path, max(1, self.threads // len(spans)), progress)

        files = for_each(spans, save, self.threads, progress.stop)
        return TableEntry(
            rows=span[1] - span[0],
            row_range=span,
            columns=columns_of(schema),
            data_version=self.dataset.tables[table].fingerprint,
            seed=seed,
            clock=self.clock,
            content_hash=str(sum((done for _, done in files), ContentHash())),
            format=format,
            raw=self.raw,
            files=tuple(file for file, _ in files),
        )

    def _save(
        self, table: str, part: tuple[int, int], path: Path, threads: int, progress: TableProgress
    ) -> tuple[FileEntry, ContentHash]:
        """Write one file and hash its rows on the way."""
        done = ContentHash()

        def hashed(batches: Batches) -> Batches:
            nonlocal done
            for batch in batches:
                done += hash_batch(batch)
                yield batch

        batches = self.dataset.tables[table].batches(
            *part, clock=self.clock, batch_size=self.batch_size, threads=threads
        )
        self.kind.save(hashed(progress.watch(batches)), self.dataset.tables[table].schema, path, self.raw)
        return FileEntry(name=path.name, rows=done.rows, bytes=path.stat().st_size), done


def _files(rows: int) -> int:
    """The number of files: one, or a multiple of four, so that four threads end together."""
    return 1 if rows <= _ROWS_PER_FILE else -(-rows // (4 * _ROWS_PER_FILE)) * 4


def _name(table: str, index: int, count: int, suffix: str) -> str:
    return f"{table}{suffix}" if count == 1 else f"{table}-{index:05}{suffix}"


def _unknown(table: str, known: Sequence[str]) -> UnknownName:
    return UnknownName(f"no table is called {table!r}", hint=suggestion(table, known))


def write_parts(
    dataset: TableSet,
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

    Row groups are DuckDB's 122,880 rows; fewer rows than that make one file, none make an empty one. Each file is
    written by its own thread; these call `emit`, one at a time. The caller owns the folder and removes what a failure
    leaves in it. Raises DiskError.
    """
    spans = split(start, stop, _FILES, ROW_GROUP)
    threads = threads or cores()
    each = max(1, threads // len(spans))
    progress = TableProgress(table, stop - start, emit)
    schema = dataset.tables[table].schema

    def save(span: tuple[int, int]) -> Path:
        path = folder / f"{table}-{spans.index(span)}.parquet"
        batches = dataset.tables[table].batches(*span, clock=clock, batch_size=ROW_GROUP, threads=each)
        save_plain(progress.watch(batches), schema, path)
        return path

    with disk_errors(folder):
        return for_each(spans, save, threads, progress.stop)


@dataclass
class TableProgress:
    """Rows done of one table, over all threads."""

    table: str
    total: int
    emit: Emit
    stage: str = "generate"
    done: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, rows: int) -> None:
        """Count and report rows; one thread at a time. Raises StoppedError once `stop` is set."""
        if self.stop.is_set():
            raise StoppedError
        with self._lock:
            self.done += rows
            self.emit(Progress(self.stage, self.done, self.total, "rows", self.table))

    def watch(self, batches: Batches) -> Batches:
        """The same batches; each is counted when the next one is requested."""
        for batch in batches:
            yield batch
            self.add(batch.num_rows)


class StoppedError(Exception):
    """Another part failed, so this one was stopped."""


def split(start: int, stop: int, parts: int, unit: int) -> list[tuple[int, int]]:
    """At most `parts` ranges of start ≤ row < stop, about equal; all but the last are multiples of `unit` rows."""
    units = -(-(stop - start) // unit)
    parts = max(1, min(parts, units))
    bounds = [start + units * i // parts * unit for i in range(parts)] + [stop]
    return list(pairwise(bounds))


def for_each(
    parts: Sequence[Part], work: Callable[[Part], Result], threads: int, stop: threading.Event
) -> list[Result]:
    """work(part) of all parts, in order, at most `threads` at once. The first failure, or Ctrl-C, stops the others."""
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(min(threads, len(parts))) as pool:
        futures = [pool.submit(work, part) for part in parts]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failed = [future for future in done if future.exception()]
            return [future.result() for future in failed or futures]
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
