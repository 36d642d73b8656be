"""Rows that should not be there: counted exactly, and the first of them kept."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from sbdk.core.errors import DiskTrouble
from sbdk.core.files import atomic_write
from sbdk.targets.sessions import AnyConnection, as_connection

SAMPLE = 5


@dataclass(frozen=True)
class KeptRows:
    """`failures`: all rows found. `path`: JSON Lines with the first of them, None if none are kept."""

    failures: int
    path: Path | None = None
    sample: list[dict[str, Any]] = field(default_factory=list)


def keep_rows(connection: AnyConnection, sql: str, path: Path, cap: int = 100) -> KeptRows:
    """Count the rows that `sql` selects and write up to `cap` of them to `path`, one JSON object per line.

    Read once; a second time, counting only, when there are more than `cap`. Numbers and decimals are exact, times ISO
    8601, NaN and infinities null. QueryError when the query cannot run; DiskTrouble.
    """
    found = as_connection(connection).select(sql, cap)
    names = _distinct(found.columns)
    rows = [dict(zip(names, row, strict=True)) for row in found.rows]
    if rows:
        _write(rows, path)
    return KeptRows(found.total, path if rows else None, [json.loads(as_json(row)) for row in rows[:SAMPLE]])


def _distinct(columns: list[str]) -> list[str]:
    """Column names, a repeated one numbered: id, id_2."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, "".join(as_json(row) + "\n" for row in rows), errors="backslashreplace")
    except OSError as error:
        raise DiskTrouble(f"failing rows cannot be kept: {error.strerror}", file=path) from error


def as_json(value: Any) -> str:
    """JSON of a value as DuckDB hands it to Python. Decimals keep every digit, as numbers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {as_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "null"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else "null"
    if isinstance(value, datetime | date | time):
        return json.dumps(value.isoformat())
    if isinstance(value, bytes):
        return json.dumps(value.hex())
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value))  # intervals, UUIDs
