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
    """Writing and reading one file format.

    save(batches, schema, path, raw) writes all batches to `path`, streaming; `raw` writes texts unchanged where the
    format would escape them for the reader's safety. load(path, schema, raw) returns batches of the columns of `schema`
    that the file has, in the file's types, or the schema's if the file has none. names(path): the file's columns.
    load and names raise pyarrow.ArrowException, ValueError or OSError for a file that is damaged or of another format.
    cannot_hold: families of types (`family` in `sbdk.synth.columns.arrays`) that the format cannot write.
    """

    suffixes: tuple[str, ...]
    save: Callable[[Batches, pa.Schema, Path, bool], None]
    load: Callable[[Path, pa.Schema, bool], Batches]
    names: Callable[[Path], list[str]]
    cannot_hold: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The suffix of new files."""
        return self.suffixes[0]


formats: Registry[Format] = Registry("export format", "sbdk.export_formats")


def format_of(path: Path) -> Format | None:
    """The format whose suffix the file has."""
    known = (formats.get(name) for name in formats)
    return next((item for item in known if path.name.lower().endswith(item.suffixes)), None)


def type_name(data_type: pa.DataType) -> str:
    """Arrow's name of the type; dictionary encoding is storage and left out."""
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
