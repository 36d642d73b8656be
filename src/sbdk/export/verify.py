"""Compares exported files with the data set they were made from, table by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit, silent
from sbdk.export.content_hash import ContentHash
from sbdk.export.manifest import TableEntry, read_manifest
from sbdk.export.mismatches import Difference, wrong_rows
from sbdk.export.sources import Copy, FileCopy, ReadingError, column_differences, find_copies, read, scan
from sbdk.synth.table import TableSet


def verify(
    manifest: Path,
    path: Path | Sequence[Path] | None = None,
    *,
    dataset: TableSet | None = None,
    limit: int = 10,
    emit: Emit = silent,
) -> list[Difference]:
    """The differences from `manifest` (the file, or its folder); an empty list proves that the data are the same.

    path: None for the manifest's own files, else a folder, one or more Parquet, CSV or JSON Lines files named after
    their tables, or a DuckDB file. dataset: the tables that the data were made from; with them, the first `limit` wrong
    rows are listed.

    A file that cannot be read is a Difference too. Raises UsageError for a path that is none of these, WarehouseDamaged
    for a manifest or DuckDB file that is not one, LockHeld for a DuckDB file that has a writer.
    """
    listed = read_manifest(manifest)
    paths = [path] if isinstance(path, Path) else list(path or ())
    if missing := [item for item in paths if not item.exists()]:
        raise UsageError("no such file or folder", file=missing[0])
    copies_of = find_copies(listed, manifest if manifest.is_dir() else manifest.parent, paths)
    checks = (
        _verify_table(name, listed.tables[name], copies, dataset, limit, emit) for name, copies in copies_of.items()
    )
    return [difference for differences in checks for difference in differences]


def _verify_table(
    table: str, entry: TableEntry, copies: list[Copy], dataset: TableSet | None, limit: int, emit: Emit
) -> list[Difference]:
    """The differences of one table."""
    if not copies:
        return [Difference(table, "missing_table", "is not there")]
    try:
        differences = column_differences(table, entry, copies)
        done = scan(table, entry, copies, emit)
        if _equal(done, entry) or _equal_otherwise_quoted(table, entry, copies, emit):
            return differences
        differences += _total_differences(table, entry, done)
        if any(difference.kind == "missing_column" for difference in differences):
            return [difference for difference in differences if difference.kind != "content"]
        if dataset is not None and differences:
            differences += _row_differences(table, entry, copies, dataset, limit)
        return differences
    except ReadingError as error:
        return [error.difference(table)]


def _equal(done: ContentHash, entry: TableEntry) -> bool:
    return done.rows == entry.rows and str(done) == entry.content_hash


def _equal_otherwise_quoted(table: str, entry: TableEntry, copies: list[Copy], emit: Emit) -> bool:
    """Does the hash agree if CSV is read the other way, escaped or raw? The file itself does not tell which it is."""
    texts = [copy for copy in copies if isinstance(copy, FileCopy) and copy.path.suffix.lower() == ".csv"]
    if not texts:
        return False
    return _equal(scan(table, entry, [replace(copy, raw=not copy.raw) for copy in texts], emit), entry)


def _total_differences(table: str, entry: TableEntry, done: ContentHash) -> list[Difference]:
    differences = []
    if done.rows != entry.rows:
        text = f"{done.rows:,} rows, {entry.rows:,} expected"
        differences.append(Difference(table, "rows", text, found=str(done.rows), expected=str(entry.rows)))
    text = f"content hash {done}, {entry.content_hash} expected"
    return [*differences, Difference(table, "content", text, found=str(done), expected=entry.content_hash)]


def _row_differences(
    table: str, entry: TableEntry, copies: list[Copy], dataset: TableSet, limit: int
) -> list[Difference]:
    """The wrong rows; none if the data set is not the one that the data were made from."""
    if table not in dataset.tables or dataset.tables[table].fingerprint != entry.data_version:
        return []
    return wrong_rows(dataset, table, entry, lambda: read(entry, copies), limit)
