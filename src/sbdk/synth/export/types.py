"""Types of columns by name, for the manifest."""

from __future__ import annotations

import re

import pyarrow as pa


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
