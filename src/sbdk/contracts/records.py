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


def as_batch(
    rows: Sequence[dict[str, Any]], columns: Iterable[str], name: Callable[[str], str], *, alone: bool = False
) -> pa.Table | None:
    """The columns of the rows as a table, those that are not named as NULL, since nothing is asked of them.

    None when the values of a named column are not of one type. `alone`: a single row, in which a value that Arrow does
    not know becomes a text.
    """
    import pyarrow as pa

    wanted = {*columns, "_source"}
    arrays: dict[str, pa.Array] = {}
    for key in {str(key): None for row in rows for key in row}:
        column = name(key)
        array = _array([row.get(key) for row in rows], alone=alone) if column in wanted else pa.nulls(len(rows))
        if array is None:
            return None
        arrays[column] = array
    return pa.table(arrays) if arrays else pa.table({"": pa.nulls(len(rows))})


def _array(values: list[Any], *, alone: bool) -> Any:
    import pyarrow as pa

    if len({type(value) for value in values if value is not None}) > 1:
        return None
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        texts = [value if value is None or isinstance(value, str) else _text(value) for value in values]
        return pa.array(texts) if alone else None


def _text(value: Any) -> str:
    return str(value) if isinstance(value, int) else as_json(value)


def shape(row: dict[str, Any]) -> tuple[Any, ...]:
    """Equal for rows whose values have the same types, whatever their keys' order."""
    return tuple(sorted((str(key), type(value).__name__) for key, value in row.items()))


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
