"""Defects of single cells (missing values, negative numbers), and the check of the defects that a table can have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import ConfigError
from sbdk.spec.data_sets import entries
from sbdk.synth.columns import between
from sbdk.synth.dirt.defect_rates import I64, Mask, TableDirt
from sbdk.synth.dirt.source import Source

_TIMED = ("out_of_order", "late")
_OF_FACTS = ("return", "orphan")


def check_defects(dirt: TableDirt, source: Source) -> None:
    """Raises ConfigError for a defect that this table cannot have."""
    for defect in dirt.rates:
        where = f"dirt.{dirt.table}.{defect}"
        if defect in _TIMED and source.time_column is None:
            raise ConfigError(f"{where}: the table has no time column")
        if defect in _OF_FACTS and not source.is_fact:
            raise ConfigError(f"{where}: {_only_facts()}")
        if of_column(defect):
            column = column_of(defect, source.schema)
            if column is None or column in (*source.key, source.time_column):
                raise ConfigError(f"{where}: no such column beside key and time")
            if defect.startswith("negative") and not is_number(source.schema.field(column).type):
                raise ConfigError(f"{where}: {column!r} is not a number")


def _only_facts() -> str:
    """Which tables can have a defect of facts."""
    known = [f"the {name} data set's {' and '.join(entry.facts)}" for name, entry in entries().items() if entry.facts]
    return f"only {', '.join(known)} have this"


def of_column(defect: str) -> bool:
    """Is it missing_<column> or negative_<column>?"""
    return defect.startswith(("missing_", "negative_"))


def column_of(defect: str, schema: pa.Schema) -> str | None:
    """The column of such a name, or the only one that begins with it: negative_discount is about discount_applied."""
    wanted = defect.partition("_")[2]
    if wanted in schema.names:
        return wanted
    longer = [name for name in schema.names if name.startswith(f"{wanted}_")]
    return longer[0] if len(longer) == 1 else None


def is_number(data_type: pa.DataType) -> bool:
    test = pa.types
    return bool(test.is_integer(data_type) or test.is_decimal(data_type) or test.is_floating(data_type))


def planted_values(dirt: TableDirt, schema: pa.Schema, rows: I64) -> Iterator[tuple[str, str, Mask]]:
    """(defect, column, which records) of every missing_… and negative_… that has a rate.

    A malformed record has no other defect, since it could not be seen.
    """
    for defect, rate in dirt.rates.items():
        column = column_of(defect, schema) if of_column(defect) and rate > 0 else None
        if column:
            yield defect, column, dirt.planted(defect, rows) & ~dirt.planted("malformed", rows)


def with_wrong_values(batch: pa.RecordBatch, rows: I64, dirt: TableDirt) -> pa.RecordBatch:
    """The batch with its missing and negative cells; every column is nullable."""
    schema = pa.schema([field.with_nullable(True) for field in batch.schema])
    columns = dict(zip(schema.names, batch.columns, strict=True))
    for defect, name, mask in planted_values(dirt, schema, rows):
        if mask.any():
            wrong = _nulled if defect.startswith("missing") else _negative
            columns[name] = wrong(columns[name], mask, dirt.cells(f"{defect}.by", rows[mask]))
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=schema)


def _nulled(column: pa.Array, mask: Mask, random: np.ndarray) -> pa.Array:
    if isinstance(column, pa.DictionaryArray):
        indices = pc.if_else(pa.array(mask), None, column.indices)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary)
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


def _negative(column: pa.Array, mask: Mask, random: np.ndarray) -> pa.Array:
    """Minus the value; for zero, minus 1 to 20."""
    values = column.filter(pa.array(mask))
    drawn = pa.array(between(random, 1, 20), pa.int8()).cast(column.type)
    wrong = pc.negate(pc.if_else(pc.equal(values, pa.scalar(0, pa.int8()).cast(column.type)), drawn, pc.abs(values)))
    return pc.replace_with_mask(column, pa.array(mask), wrong.cast(column.type))
