"""manifest.json: the files, rows and content hash of each exported table."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sbdk.core.errors import UsageError, WarehouseDamaged
from sbdk.core.files import atomic_write
from sbdk.export.formats import type_name, type_of

NAME = "manifest.json"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnEntry(_Frozen):
    """A column; `type` is Arrow's name of it, for example int64, string, timestamp[us], decimal128(12, 2)."""

    name: str
    type: str
    nullable: bool = True


class FileEntry(_Frozen):
    """A file beside the manifest."""

    name: str
    rows: int
    bytes: int


class TableEntry(_Frozen):
    """The export of one table: `rows` rows, row_range[0] ≤ row < row_range[1] of the data set's (0-based)."""

    rows: int
    row_range: tuple[int, int]
    columns: tuple[ColumnEntry, ...]
    data_version: str = Field(description="changes when a cell at a given row may change: seed, volumes, vocabulary")
    seed: int | None = None
    clock: datetime = Field(description="rows with a time before this are there; naive UTC")
    content_hash: str = Field(pattern=r"^\d+-[0-9a-f]{32}$")
    format: str
    raw: bool = Field(default=False, description="CSV without the apostrophe before texts that look like formulas")
    files: tuple[FileEntry, ...]

    def arrow_schema(self) -> pa.Schema:
        """The columns as an Arrow schema."""
        return pa.schema([pa.field(column.name, type_of(column.type), column.nullable) for column in self.columns])


class Manifest(_Frozen):
    """All tables of one folder."""

    format_version: Literal[1] = 1
    tables: dict[str, TableEntry] = {}

    def save(self, folder: Path) -> None:
        """Replace the folder's manifest in one step."""
        text = json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)
        atomic_write(folder / NAME, text + "\n")

    def without(self, tables: set[str]) -> Manifest:
        """The manifest without the entries of `tables`."""
        return Manifest(tables={name: entry for name, entry in self.tables.items() if name not in tables})


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path`, or in the folder `path`.

    Raises UsageError if it cannot be read, WarehouseDamaged if it is no manifest.
    """
    path = path / NAME if path.is_dir() else path
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=path) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WarehouseDamaged(f"not a manifest of sbdk: {place or 'JSON'}: {first['msg']}", file=path) from error


def columns_of(schema: pa.Schema) -> tuple[ColumnEntry, ...]:
    """The entries of a schema's columns."""
    return tuple(ColumnEntry(name=f.name, type=type_name(f.type), nullable=f.nullable) for f in schema)
