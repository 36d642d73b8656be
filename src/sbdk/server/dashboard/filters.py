"""Values formatted for the pages: times, ages, links, and how a column is aligned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def moment(text: str) -> datetime:
    """An ISO time of the history; without a zone it is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def ago(text: str, now: datetime | None = None) -> str:
    """The age of an ISO time: just now, 5 minutes ago, 2 days ago."""
    passed = max(((now or datetime.now(UTC)) - moment(text)).total_seconds(), 0)
    for length, unit in _UNITS:
        number = int(passed // length)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def clock(text: str) -> str:
    """An ISO time as 2026-11-21 04:25:32 UTC."""
    return f"{moment(text):%Y-%m-%d %H:%M:%S} UTC"


def table_link(schema: str, name: str, **more: str | int) -> str:
    """The URL of a table's page; names may contain any character."""
    return "/table?" + urlencode({"schema": schema, "name": name, **more})


def aligned(rows: Sequence[Sequence[object]], at: int) -> bool:
    """Whether the cells of column `at` are aligned to the right: counts and shares are."""
    cells = [row[at] for row in rows if at < len(row)]
    return any(isinstance(cell, int | float) or (isinstance(cell, str) and cell.endswith("%")) for cell in cells)


_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "REAL", "NUMERIC")
_TIMES = ("DATE", "TIME")


def type_kind(sql_type: str) -> str:
    """number, time, flag, text or nested: decides how a column is aligned and drawn."""
    upper = sql_type.upper()
    if upper.endswith("]") or upper.startswith(("STRUCT", "MAP", "UNION", "LIST")):
        return "nested"
    if upper.startswith("INTERVAL"):
        return "text"
    if any(word in upper.split("(")[0] for word in _NUMBERS):
        return "number"
    if upper.startswith(_TIMES):
        return "time"
    return "flag" if upper == "BOOLEAN" else "text"
