"""Rows of an Arrow table as DuckDB shows them: texts for people, values for JSON and CSV, and what Parquet can hold.

Arrow's own conversion to Python gives a wrong value, or none, for infinity, for years before 1 and after 9999, for
24:00 and for a map whose keys are lists. DuckDB reads its own numbers back, so its casts are used for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation
from duckdb.sqltypes import DuckDBPyType

from sbdk.targets.duckdb.arrow import TYPE, cast_type, children, leaves, parquet_rule, recast, value_rule
from sbdk.targets.duckdb.readonly import IN_UTC

Values: TypeAlias = "tuple[Any, ...]"
_ROWS = 20_000
"""Rows that are converted at a time."""
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d(?::?\d\d)?)?")
_TIME = re.compile(r"(\d\d:\d\d:\d\d)(\.\d+)")
_CONFIG = {"python_enable_replacements": "false", "enable_external_access": "false"}


def sql_types(table: pa.Table) -> list[str]:
    """DuckDB's type of each column, as in the query that the table comes from."""
    with _engine() as connection:
        return [str(kind) for kind in _kinds(table, connection.from_arrow(table.slice(0, 0)))]


def texts_of(table: pa.Table, *, cut: int | None = None) -> Iterator[tuple[str | None, ...]]:
    """Rows as DuckDB's own texts, None for NULL, each at most `cut` characters long."""
    text = "CAST({} AS VARCHAR)" if cut is None else f"left(CAST({{}} AS VARCHAR), {cut})"
    columns = ", ".join(f"{text.format(f'#{at + 1}')} AS c{at}" for at in range(table.num_columns))
    with _engine() as connection:
        for part in _parts(table):
            yield from _rows(connection.from_arrow(part).project(columns).to_arrow_table(), [_same] * table.num_columns)


def values_of(table: pa.Table) -> Iterator[Values]:
    """Rows as values of JSON (None, bool, int, float, Decimal, str, list, dict), and bytes for a BLOB.

    Times are in ISO 8601, `2026-01-02T03:04:05`, and intervals, `P1M2D`; a time that ISO 8601 cannot write (infinity,
    44 BC, a year above 9999) is DuckDB's own text, and so is a value of a type that JSON has nothing like. Keys of a
    map are DuckDB's texts.
    """
    with _engine() as connection:
        for part in _parts(table):
            relation = connection.from_arrow(part)
            decoders = [_decoder(kind) for kind in _kinds(table, relation)]
            yield from _rows(recast(relation, value_rule).to_arrow_table(), decoders)


def python_columns(table: pa.Table) -> Iterator[list[Any]]:
    """The columns as Arrow hands them to Python, and those with a value that Python lacks as `values_of` has them."""
    for at, column in enumerate(table.columns):
        values = None if any(map(_beyond_python, leaves(column))) else _python(column)
        yield [value for (value,) in values_of(table.select([at]))] if values is None else values


def _python(column: pa.ChunkedArray) -> list[Any] | None:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return None


def _beyond_python(leaf: pa.Array) -> bool:
    """Whether it holds infinity or 24:00, which Arrow takes for another time where it does not fail."""
    if pa.types.is_timestamp(leaf.type):
        ends = pc.min_max(leaf.cast(pa.int64())).as_py()
        return any(end is not None and abs(end) >= 2**63 - 1 for end in ends.values())
    if pa.types.is_time64(leaf.type):
        last = pc.max(leaf.cast(pa.int64())).as_py()
        return last is not None and last >= 86_400 * (10**9 if leaf.type.unit == "ns" else 10**6)
    return False


def for_parquet(table: pa.Table) -> pa.Table:
    """The table as Parquet can hold it: intervals, unions and structs without a field as DuckDB's texts."""
    if table.num_columns:
        with _engine() as connection:
            relation = connection.from_arrow(table)
            if any(cast_type(kind, parquet_rule) for kind in relation.types):
                table = recast(relation, parquet_rule).to_arrow_table()
    return pa.Table.from_arrays(table.columns, schema=pa.schema([field.remove_metadata() for field in table.schema]))


@contextmanager
def _engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty DuckDB, where times have the zone UTC."""
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        connection.execute(IN_UTC)
        yield connection


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows if table.num_columns else 0, _ROWS):
        yield table.slice(start, _ROWS)


def _rows(table: pa.Table, decoders: list[Callable[[Any], Any]]) -> Iterator[Values]:
    columns = []
    for column, decode in zip(table.columns, decoders, strict=True):
        values = column.to_pylist()
        columns.append(values if decode is _same else [None if value is None else decode(value) for value in values])
    yield from zip(*columns, strict=True)


def _kinds(table: pa.Table, relation: DuckDBPyRelation) -> list[DuckDBPyType]:
    """The type of each column in DuckDB: what the query's result was labelled with, else that of the Arrow column."""
    labels = [(field.metadata or {}).get(TYPE) for field in table.schema]
    return [DuckDBPyType(label.decode()) if label else kind for label, kind in zip(labels, relation.types, strict=True)]


# ---- from what Arrow hands to Python to values of JSON


def _same(value: Any) -> Any:
    return value


def _decoder(kind: DuckDBPyType) -> Callable[[Any], Any]:
    """What turns a value that was cast by `value_rule` into one of JSON; never called with None."""
    if kind.id in ("hugeint", "uhugeint"):
        return int
    if kind.id == "float":
        return float
    if kind.id == "interval":
        return lambda value: iso_interval(*value)
    if kind.id.startswith("timestamp"):
        return _iso_instant
    if kind.id in ("time", "time_ns"):
        return _iso_time
    return _nested_decoder(kind)


def _nested_decoder(kind: DuckDBPyType) -> Callable[[Any], Any]:
    if kind.id == "union":
        return _same
    inside = [(name, _decoder(child)) for name, child in children(kind)]
    if kind.id == "map":
        _, decode = inside[1]
        return lambda pairs: _object([(key, None if value is None else decode(value)) for key, value in pairs])
    if all(decode is _same for _, decode in inside):
        return _same
    if kind.id == "struct":
        decoders = dict(inside)
        return lambda value: {name: None if item is None else decoders[name](item) for name, item in value.items()}
    _, decode = inside[0]
    return lambda items: [None if item is None else decode(item) for item in items]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The entries of a map; keys whose texts are the same are numbered, so that none is lost."""
    entries: dict[str, Any] = {}
    for key, value in pairs:
        name, number = key, 1
        while name in entries:
            number += 1
            name = f"{key}_{number}"
        entries[name] = value
    return entries


def _iso_instant(text: str) -> str:
    """`2026-01-02 03:04:05.5+00` as 2026-01-02T03:04:05.500000+00:00; another form is left as it is."""
    found = _INSTANT.fullmatch(text)
    if not found:
        return text
    day, time, fraction, zone = found.groups()
    zone = f"{zone}:00" if zone and len(zone) == 3 else zone or ""
    return f"{day}T{time}{_padded(fraction)}{zone}"


def _iso_time(text: str) -> str:
    found = _TIME.fullmatch(text)
    return f"{found[1]}{_padded(found[2])}" if found else text


def _padded(fraction: str | None) -> str:
    """Micro- or nanoseconds: .5 is .500000."""
    return "" if not fraction else fraction.ljust(7 if len(fraction) <= 7 else 10, "0")


def iso_interval(months: int, days: int, nanoseconds: int) -> str:
    """ISO 8601: P1M2DT3.5S."""
    whole, rest = divmod(abs(nanoseconds), 10**9)
    seconds = f"{'-' if nanoseconds < 0 else ''}{whole}" + (f".{rest:09d}".rstrip("0") if rest else "")
    parts = [f"{months}M" if months else "", f"{days}D" if days else "", f"T{seconds}S" if nanoseconds else ""]
    return "P" + ("".join(parts) or "0D")
