"""Where the copy of a table lies: in files, or in a DuckDB file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from sbdk.core.errors import UsageError
from sbdk.synth.export.duckdb_table import SUFFIXES, DuckDBTable
from sbdk.synth.export.formats import Batches, Format, format_of, formats
from sbdk.synth.export.manifest import NAME, Manifest, TableEntry


class Copy(Protocol):
    """Some or all rows of one table."""

    @property
    def path(self) -> Path: ...

    def names(self) -> list[str]:
        """Its columns."""

    def batches(self, schema: pa.Schema) -> Batches:
        """Its rows, in the columns of `schema` that it has."""


@dataclass(frozen=True)
class FileCopy:
    """A file of one of the formats; `raw`: CSV texts stand there as they are."""

    path: Path
    kind: Format
    raw: bool

    def names(self) -> list[str]:
        return self.kind.names(self.path)

    def batches(self, schema: pa.Schema) -> Batches:
        return self.kind.load(self.path, schema, self.raw)


def find_copies(manifest: Manifest, home: Path, paths: Sequence[Path]) -> dict[str, list[Copy]]:
    """The copies of each table that is to be proved.

    No path: the manifest's own files in its folder `home`. A folder or a DuckDB file: all tables, a missing one with an
    empty list. Files: the tables that they are named after. Raises UsageError for a path that cannot be any of that.
    """
    if not paths:
        return {name: _own(entry, home) for name, entry in manifest.tables.items()}
    if len(paths) == 1 and paths[0].suffix in SUFFIXES:
        return {name: list(DuckDBTable.find(paths[0], name)) for name in manifest.tables}
    if len(paths) == 1 and paths[0].is_dir():
        return _of_files(manifest, _files_in(paths[0]), alone=False)
    named = {name: copies for name, copies in _of_files(manifest, paths, alone=len(paths) == 1).items() if copies}
    if not named:
        raise UsageError("is not named after a table of the manifest", file=paths[0], hint=", ".join(manifest.tables))
    return named


def _own(entry: TableEntry, home: Path) -> list[Copy]:
    kind = formats.get(entry.format)
    return [FileCopy(home / Path(file.name).name, kind, entry.raw) for file in entry.files]


def _files_in(folder: Path) -> list[Path]:
    """All files of a known format, hidden ones and manifests left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and format_of(path) and path.name != NAME)
    return [p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts)]


def _of_files(manifest: Manifest, paths: Sequence[Path], alone: bool) -> dict[str, list[Copy]]:
    copies: dict[str, list[Copy]] = {name: [] for name in manifest.tables}
    for path in paths:
        kind = format_of(path)
        if kind is None:
            raise UsageError("is no folder, DuckDB file or file of a known format", file=path, hint=_known())
        if table := _table_of(path, manifest, alone):
            entry = manifest.tables[table]
            copies[table].append(FileCopy(path, kind, entry.raw and entry.format == "csv"))
    return copies


def _table_of(path: Path, manifest: Manifest, alone: bool) -> str | None:
    """The table that the file, or its folder, is named after: raw_users.csv, raw_users-1.csv, not old_raw_users.csv.

    If the file stands `alone` and there is just one table, that one.
    """
    named = [name for name in manifest.tables if _named_after(name, path.name) or name == path.parent.name]
    if not named and alone and len(manifest.tables) == 1:
        return next(iter(manifest.tables))
    return max(named, key=len, default=None)


def _named_after(table: str, file: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(table)}(?=_?\d|\W)", file) is not None


def _known() -> str:
    suffixes = [suffix for name in formats for suffix in formats.get(name).suffixes]
    return f"known: {' '.join((*suffixes, *SUFFIXES))}"
