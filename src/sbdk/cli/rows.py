"""Rows of an Arrow table on standard output, batch by batch."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from sbdk.quality.rows import as_json

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_json(table: pa.Table) -> None:
    """A list of objects: numbers as numbers, times in ISO 8601, NULL and NaN as null."""
    names = table.column_names
    sys.stdout.write("[")
    for index, row in enumerate(_rows(table)):
        sys.stdout.write(",\n " if index else "")
        sys.stdout.write(as_json(dict(zip(names, row, strict=True))))
    sys.stdout.write("]\n")


def write_csv(table: pa.Table, *, raw: bool = False) -> None:
    """RFC 4180. Text that a spreadsheet would run as a formula gets a leading ' unless `raw`."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(table.column_names)
    for row in _rows(table):
        writer.writerow([_cell(value, raw) for value in row])


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _cell(value: Any, raw: bool) -> Any:
    if isinstance(value, str) and not raw and value.startswith(FORMULA):
        return "'" + value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return as_json(value) if isinstance(value, list | dict | bytes) else value
