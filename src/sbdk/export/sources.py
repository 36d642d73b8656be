"""Finds and reads the copies of tables that are verified: files and tables of DuckDB files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit
from sbdk.export.content_hash import VERSION, ContentHash, hash_batch
from sbdk.export.duckdb import SUFFIXES, DuckDBTable
from sbdk.export.formats import Batches, Format, format_of, formats
from sbdk.export.manifest import NAME, Manifest, TableEntry
from sbdk.export.mismatches import Difference, Kind
from sbdk.export.write import TableProgress, for_each
from sbdk.synth.batches import cores
from sbdk.synth.columns.arrays import family

LOAD_METADATA = "_dlt_"
"""Prefix of the columns that dlt adds to loaded tables."""


class Copy(Protocol):
    """Some or all rows of one table."""

    @property
    def path(self) -> Path: ...

    def names(self) -> list[str]:
        """The names of its columns."""

    def batches(self, schema: pa.Schema) -> Batches:
        """Its rows, with the columns of `schema` that it has."""


@dataclass(frozen=True)
class FileCopy:
    """A file of one of the formats; `raw`: CSV texts are not escaped."""

    path: Path
    kind: Format
    raw: bool

    def names(self) -> list[str]:
        return self.kind.names(self.path)

    def batches(self, schema: pa.Schema) -> Batches:
        return self.kind.load(self.path, schema, self.raw)


class ReadingError(Exception):
    """The copy at `path` is damaged, is something else, or holds another type of value."""

    def __init__(self, path: Path, kind: Kind, text: str, column: str | None = None) -> None:
        super().__init__(text)
        self.path, self.kind, self.text, self.column = path, kind, text, column

    def difference(self, table: str) -> Difference:
        return Difference(table, self.kind, f"{self.path}: {self.text}", file=str(self.path), column=self.column)


def find_copies(manifest: Manifest, folder: Path, paths: Sequence[Path]) -> dict[str, list[Copy]]:
    """The copies of each table that is to be verified.

    No path: the manifest's own files in `folder`. A folder or a DuckDB file: all tables, a missing one with an
    empty list. Files: the tables that they are named after. Raises UsageError for any other path.
    """
    if not paths:
        return {name: _own_files(entry, folder) for name, entry in manifest.tables.items()}
    if len(paths) == 1 and paths[0].suffix in SUFFIXES:
        return {name: list(DuckDBTable.find(paths[0], name)) for name in manifest.tables}
    if len(paths) == 1 and paths[0].is_dir():
        return _named_copies(manifest, _files_in(paths[0]), alone=False)
    named = {name: copies for name, copies in _named_copies(manifest, paths, alone=len(paths) == 1).items() if copies}
    if not named:
        raise UsageError("is not named after a table of the manifest", file=paths[0], hint=", ".join(manifest.tables))
    return named


def _own_files(entry: TableEntry, folder: Path) -> list[Copy]:
    kind = formats.get(entry.format)
    return [FileCopy(folder / Path(file.name).name, kind, entry.raw) for file in entry.files]


def _files_in(folder: Path) -> list[Path]:
    """All files of a known format, hidden ones and manifests left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and format_of(path) and path.name != NAME)
    return [p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts)]


def _named_copies(manifest: Manifest, paths: Sequence[Path], alone: bool) -> dict[str, list[Copy]]:
    copies: dict[str, list[Copy]] = {name: [] for name in manifest.tables}
    for path in paths:
        kind = format_of(path)
        if kind is None:
            raise UsageError("is no folder, DuckDB file or file of a known format", file=path, hint=_known_suffixes())
        if table := _table_of(path, manifest, alone):
            entry = manifest.tables[table]
            copies[table].append(FileCopy(path, kind, entry.raw and entry.format == "csv"))
    return copies


def _table_of(path: Path, manifest: Manifest, alone: bool) -> str | None:
    """The table that the file, or its folder, is named after: raw_users.csv, raw_users-1.csv, not old_raw_users.csv.

    If the file is the only one (`alone`) and the manifest has one table: that table.
    """
    named = [name for name in manifest.tables if _named_after(name, path.name) or name == path.parent.name]
    if not named and alone and len(manifest.tables) == 1:
        return next(iter(manifest.tables))
    return max(named, key=len, default=None)


def _named_after(table: str, file: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(table)}(?=_?\d|\W)", file) is not None


def _known_suffixes() -> str:
    suffixes = [suffix for name in formats for suffix in formats.get(name).suffixes]
    return f"known: {' '.join((*suffixes, *SUFFIXES))}"


def column_differences(table: str, entry: TableEntry, copies: list[Copy]) -> list[Difference]:
    """Missing and extra columns. A copy without columns (JSON Lines without rows) has no differences."""
    expected = [column.name for column in entry.columns]
    differences = []
    for copy in copies:
        with _reading(copy):
            names = copy.names()
        if names:
            missing = [name for name in expected if name not in names]
            extra = [name for name in names if name not in expected and not name.startswith(LOAD_METADATA)]
            differences += [_column_difference(table, copy, "missing_column", name, "is missing") for name in missing]
            differences += [
                _column_difference(table, copy, "extra_column", name, "is not in the manifest") for name in extra
            ]
    return differences


def _column_difference(table: str, copy: Copy, kind: Kind, name: str, what: str) -> Difference:
    return Difference(table, kind, f"{copy.path}: column {name!r} {what}", file=str(copy.path), column=name)


def scan(table: str, entry: TableEntry, copies: list[Copy], emit: Emit) -> ContentHash:
    """The hash of all rows of the copies, which are read in parallel. Raises ReadingError."""
    if not entry.content_hash.startswith(f"{VERSION}-"):
        raise UsageError(
            f"the content hash of {table} has a newer version than this sbdk supports", hint="upgrade sbdk"
        )
    progress = TableProgress(table, entry.rows, emit, stage="verify")

    def hashed(copy: Copy) -> ContentHash:
        with _reading(copy):
            return sum((hash_batch(batch) for batch in progress.watch(read(entry, [copy]))), ContentHash())

    return sum(for_each(copies, hashed, cores(), progress.stop), ContentHash())


def read(entry: TableEntry, copies: list[Copy]) -> Batches:
    """The rows of the copies. Raises ReadingError, also for a column of another family of types than the manifest's."""
    schema = entry.arrow_schema()
    for copy in copies:
        with _reading(copy):
            for batch in copy.batches(schema):
                batch.validate(full=True)
                _check_types(batch, schema, copy)
                yield batch


def _check_types(batch: pa.RecordBatch, schema: pa.Schema, copy: Copy) -> None:
    for field in batch.schema:
        expected = schema.field(field.name).type
        if _family(field.type) != family(expected):
            text = f"column {field.name!r} is {field.type}, {expected} expected"
            raise ReadingError(copy.path, "type", text, field.name)


def _family(data_type: pa.DataType) -> str:
    try:
        return family(data_type)
    except UsageError:
        return str(data_type)


@contextmanager
def _reading(copy: Copy) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ReadingError(copy.path, "unreadable", f"cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
