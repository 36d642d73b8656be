"""Parquet files as dlt items, with column hints and keys read from the Arrow and dlt schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa

from sbdk.load.compat import is_own_table
from sbdk.state.record_parts import ForeignKey, TableKeys


def parquet_item(path: Path, rows: int, schema: pa.Schema) -> Any:
    """An item for a dlt resource that has the file at `path` imported: by hard link, neither read nor rewritten.

    schema: of the table, with keys not nullable; dictionaries count as their value type. The file has these columns.
    """
    hints = dlt.mark.make_hints(columns=[column_hint(field) for field in schema])
    item = dlt.mark.with_file_import(str(path), "parquet", rows, hints=hints)
    item.data = []  # None would be dropped by the first step that looks at items, and the file with it
    return item


def column_hint(field: pa.Field) -> dict[str, Any]:
    """dlt's description of one Arrow column. TypeError for a type that no table of sbdk has."""
    return {"name": field.name, "nullable": field.nullable, **_type_hint(field.type)}


def _type_hint(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_dictionary(kind):
        return _type_hint(kind.value_type)
    if pa.types.is_decimal(kind):
        return {"data_type": "decimal", "precision": kind.precision, "scale": kind.scale}
    if pa.types.is_timestamp(kind):
        return {"data_type": "timestamp", "precision": _PRECISION[kind.unit], "timezone": kind.tz is not None}
    if pa.types.is_signed_integer(kind):
        return {"data_type": "bigint", "precision": kind.bit_width}
    for matches, name in _PLAIN:
        if matches(kind):
            return {"data_type": name}
    raise TypeError(f"no column type for {kind}")


_PRECISION = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_PLAIN = (
    (pa.types.is_boolean, "bool"),
    (pa.types.is_floating, "double"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_date, "date"),
    (pa.types.is_binary, "binary"),
)


def declared_keys(schemas: Any) -> dict[str, TableKeys]:
    """By table. `schemas`: of a dlt pipeline. Foreign keys of several columns are left out."""
    found: dict[str, TableKeys] = {}
    for schema in schemas.values():
        for name, table in schema.tables.items():
            if not is_own_table(schema, name):
                found[name] = TableKeys(_key(table), _foreign_keys(table))
    return found


def replaced_tables(schemas: Any) -> set[str]:
    """The tables whose rows each load replaces. `schemas`: of a dlt pipeline."""
    tables = (table for schema in schemas.values() for table in schema.tables.values())
    return {table["name"] for table in tables if table.get("write_disposition") == "replace"}


def _key(table: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, column in table["columns"].items() if column.get("primary_key"))


def _foreign_keys(table: dict[str, Any]) -> tuple[ForeignKey, ...]:
    references = [each for each in table.get("references") or () if len(each["columns"]) == 1]
    return tuple(
        ForeignKey(each["columns"][0], each["referenced_table"], each["referenced_columns"][0]) for each in references
    )
