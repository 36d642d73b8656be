"""The result of a query as JSON, CSV and Parquet: what `sbdk query` prints and what the dashboard exports."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sbdk.core.errors import DiskError, QueryError, UsageError
from sbdk.core.files import drafted
from sbdk.core.json_text import as_json, distinct
from sbdk.targets.values import for_parquet, sql_types, values_of

if TYPE_CHECKING:
    import pyarrow as pa

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROW_GROUP = 122_880
_NO_TEXT = ("BIGNUM", "DATE", "TIME")
"""Types whose values are texts in JSON, and are no texts of users: -infinity is no formula."""
_QUOTED = re.compile(r'[",\r\n]')


def write_json(table: pa.Table, file: TextIO) -> None:
    """A list of objects: numbers as numbers, times in ISO 8601, NULL and NaN as null; a repeated name is numbered."""
    keys = [f"{as_json(name)}: " for name in distinct(table.column_names)]
    before = "["
    for row in values_of(table):
        cells = ", ".join([key + as_json(value) for key, value in zip(keys, row, strict=True)])
        file.write(f"{before}{{{cells}}}")
        before = ",\n "
    file.write("]\n" if table.num_rows and table.num_columns else "[]\n")


def write_csv(table: pa.Table, file: TextIO, *, raw: bool = False) -> None:
    """RFC 4180 with `\\n`. NULL is empty and an empty text `""`; lists and objects are JSON, a BLOB is hexadecimal.

    Text that a spreadsheet would run as a formula gets a leading ' unless `raw`.
    """
    file.write(",".join(_text(name, raw) for name in table.column_names) + "\n")
    plain = [raw or kind.startswith(_NO_TEXT) for kind in sql_types(table)]
    null = '""' if table.num_columns == 1 else ""  # readers skip an empty line
    for row in values_of(table):
        cells = [null if value is None else _cell(value, as_is) for value, as_is in zip(row, plain, strict=True)]
        file.write(",".join(cells) + "\n")


def _cell(value: Any, raw: bool) -> str:
    write = _CELLS.get(type(value))
    return write(value) if write is not None else _text(value if isinstance(value, str) else as_json(value), raw)


def _text(text: str, raw: bool) -> str:
    """A text in quotes where it needs them."""
    if not raw and text.startswith(FORMULA_STARTS):
        text = "'" + text
    if text and not _QUOTED.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


_CELLS: dict[type, Callable[[Any], str]] = {
    int: int.__repr__,
    float: _number,
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: f"{value:f}",
    bytes: bytes.hex,
}


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write one Parquet file, whole or not at all. QueryError for a result that no file can hold; DiskError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table.num_columns == 0:
        raise QueryError("the statement has no columns to write")
    _refuse_duplicates(table.column_names)
    try:
        with drafted(path) as draft, draft.open("wb") as file:
            pq.write_table(for_parquet(table), file, row_group_size=ROW_GROUP, compression="zstd")
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
