"""Rows as dicts and as Arrow: batches of dicts for the clauses, and one row as JSON for the quarantine."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import pyarrow as pa


def as_batch(rows: Sequence[dict[str, Any]], columns: Iterable[str], name: Callable[[str], str]) -> pa.Table | None:
    """The named columns of the rows, where any row has them, as a table; with `_source`.

    Values of one column that are of different types become texts, as JSON has them. None when nested values differ so
    that no type holds them all.
    """
    import pyarrow as pa

    wanted = {*columns, "_source"}
    keys = {str(key): None for row in rows for key in row}
    arrays: dict[str, pa.Array] = {}
    for key in keys:
        if (column := name(key)) in wanted:
            array = _array([row.get(key) for row in rows])
            if array is None:
                return None
            arrays[column] = array
    return pa.table(arrays) if arrays else pa.table({"": pa.nulls(len(rows))})


def _array(values: list[Any]) -> Any:
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if bool in kinds and len(kinds) > 1:  # Arrow would take true for the number 1
        return _texts(values)
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        if kinds & {dict, list} and len(values) > 1:
            return None
        return _texts(values)


def _texts(values: list[Any]) -> Any:
    import pyarrow as pa

    return pa.array([value if value is None or isinstance(value, str) else as_json(value) for value in values])


def as_record(rows: Any, index: int) -> str:
    """The row at an index of a list of dicts or an Arrow table, as a JSON object."""
    if isinstance(rows, list):
        return as_json(rows[index])
    return as_json({name: rows.column(at)[index].as_py() for at, name in enumerate(rows.column_names)})


def as_json(value: Any) -> str:
    """JSON without escapes of letters: moments as ISO 8601, decimals and UUIDs as texts, bytes as Base64."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():f}S"
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return repr(value)
