"""Query results as table, CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sbdk.cli.output import use_utf8
from sbdk.core.errors import DiskError, QueryError, UsageError
from sbdk.core.files import drafted
from sbdk.quality.checks import as_json

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_json(table: pa.Table) -> None:
    """A list of objects: numbers as numbers, times in ISO 8601, NULL and NaN as null; a repeated name is numbered."""
    use_utf8()
    names = _distinct(table.column_names)
    before = "["
    for row in rows_of(table):
        sys.stdout.write(before + as_json(dict(zip(names, row, strict=True))))
        before = ",\n "
    sys.stdout.write("]\n" if table.num_rows else "[]\n")


def write_csv(table: pa.Table, *, raw: bool = False) -> None:
    """RFC 4180. Text that a spreadsheet would run as a formula gets a leading ' unless `raw`."""
    use_utf8()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([_cell(name, raw) for name in table.column_names])
    for row in rows_of(table):
        writer.writerow([_cell(value, raw) for value in row])


def rows_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows as Python values; see `_values` for those that Python has no type for."""
    for batch in table.to_batches(max_chunksize=10_000):
        yield from zip(*map(_values, batch.columns), strict=True)


def _values(column: pa.Array) -> list[Any]:
    """Python values; texts where Python has no type: nanoseconds, dates beyond the year 9999, intervals."""
    if pa.types.is_interval(column.type):
        return [None if value is None else _interval(*value) for value in column.to_pylist()]
    try:
        return list(column.to_pylist(maps_as_pydicts="lossy"))
    except (ValueError, OverflowError) as error:
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            return _instants(column)
        if pa.types.is_time(column.type):
            return list(pc.cast(column, pa.string()).to_pylist())
        raise QueryError(f"a column of type {column.type} cannot be shown", hint="cast it to varchar") from error


def _instants(column: pa.Array) -> list[str | None]:
    """ISO 8601 at full resolution, for any year."""
    import numpy as np

    unit = "D" if pa.types.is_date(column.type) else column.type.unit
    whole = column.cast(pa.int32() if unit == "D" else pa.int64())
    texts = np.datetime_as_string(whole.fill_null(0).to_numpy().astype(f"datetime64[{unit}]"))
    zone = "+00:00" if unit != "D" and column.type.tz else ""
    return [
        f"{text}{zone}" if known else None for text, known in zip(texts, column.is_valid().to_pylist(), strict=True)
    ]


def _interval(months: int, days: int, nanoseconds: int) -> str:
    """ISO 8601: P1M2DT3.5S."""
    whole, rest = divmod(abs(nanoseconds), 10**9)
    seconds = f"{'-' if nanoseconds < 0 else ''}{whole}" + (f".{rest:09d}".rstrip("0") if rest else "")
    parts = [f"{months}M" if months else "", f"{days}D" if days else "", f"T{seconds}S" if nanoseconds else ""]
    return "P" + ("".join(parts) or "0D")


def _distinct(names: list[str]) -> list[str]:
    distinct: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in distinct:
            number += 1
            candidate = f"{name}_{number}"
        distinct.append(candidate)
    return distinct


def _cell(value: Any, raw: bool) -> Any:
    if isinstance(value, str) and not raw and value.startswith(FORMULA_STARTS):
        return "'" + value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return as_json(value) if isinstance(value, list | dict | bytes | bool) else value


ROW_GROUP = 122_880


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write one Parquet file, whole or not at all. QueryError for what Parquet cannot hold; DiskError."""
    import pyarrow.parquet as pq

    if table.num_columns == 0:
        raise QueryError("the statement has no columns to write")
    _refuse_duplicates(table.column_names)
    try:
        with drafted(path) as draft, draft.open("wb") as file:
            pq.write_table(table, file, row_group_size=ROW_GROUP, compression="zstd")
    except pa.ArrowNotImplementedError as error:
        raise QueryError(f"Parquet cannot hold a column: {error}", hint="cast it, say to varchar") from error
    except OSError as error:
        raise DiskError(f"the file cannot be written: {error.strerror or error}", file=path) from error


def check_destination(path: Path) -> Path:
    """The path itself; UsageError where no file can be. Called before the query runs."""
    if path.is_dir():
        raise UsageError("this is a folder", file=path, hint=f"name the file, for example {path / 'features.parquet'}")
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", file=path.parent, hint=f"mkdir -p {path.parent}")
    return path


def _refuse_duplicates(names: list[str]) -> None:
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise QueryError(f"two columns are called {duplicates[0]}", hint="give each its own name with `as`")
