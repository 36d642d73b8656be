"""File formats by name, and Arrow types by their names in a manifest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sbdk.core.registry import Registry

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Format:
    """How one kind of file is written and read back.

    save(batches, schema, path, raw) writes all batches to `path`, streaming; `raw` leaves texts as they are where the
    format would protect a reader from them. load(path, schema, raw) gives batches of the columns of `schema` that the
    file has, with the file's types, or the schema's where the file knows none. names(path): the columns of the file.
    load and names raise pyarrow.ArrowException, ValueError or OSError for a file that is damaged or something else.
    cannot_hold: families of types (cell_words.py) that the format has no way to write.
    """

    suffixes: tuple[str, ...]
    save: Callable[[Batches, pa.Schema, Path, bool], None]
    load: Callable[[Path, pa.Schema, bool], Batches]
    names: Callable[[Path], list[str]]
    cannot_hold: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The one that new files get."""
        return self.suffixes[0]


formats: Registry[Format] = Registry("export format", "sbdk.export_formats")


def format_of(path: Path) -> Format | None:
    """The format whose suffix the file has."""
    known = (formats.get(name) for name in formats)
    return next((item for item in known if path.name.lower().endswith(item.suffixes)), None)


def type_name(data_type: pa.DataType) -> str:
    """Arrow's name of the type; dictionary encoding is a matter of storage and left out."""
    return str(data_type.value_type if pa.types.is_dictionary(data_type) else data_type)


def type_of(name: str) -> pa.DataType:
    """The type called `name` (ValueError for others)."""
    if found := re.fullmatch(r"decimal(?:32|64|128)\((\d+), (\d+)\)", name):
        return pa.decimal128(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"timestamp\[(s|ms|us|ns), tz=(.+)\]", name):
        return pa.timestamp(found[1], found[2])
    return pa.type_for_alias(name)


def plain(schema: pa.Schema) -> pa.Schema:
    """The schema without dictionary encoding."""
    fields = [pa.field(field.name, type_of(type_name(field.type)), field.nullable) for field in schema]
    return pa.schema(fields)
