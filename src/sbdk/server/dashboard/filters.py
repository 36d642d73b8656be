"""Values as words: what stands in a cell, how long ago, how many, how large."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def count(value: float | None) -> str:
    """1234567 → 1,234,567; – for what nobody counted."""
    return "–" if value is None else f"{value:,}"


def size(value: float) -> str:
    """Bytes, for the eye: 13.9 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def seconds(value: float | None) -> str:
    """0.34 s, 12.1 s, 3 min 20 s."""
    if value is None:
        return "–"
    if value < 10:
        return f"{value:.2f} s"
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60):02d} s"


def percent(share: float) -> str:
    """A share 0..1. What is not nothing is never 0 %, what is not all never 100 %."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{int(share * 1000 + 1e-9) / 10:g} %"


def moment(text: str) -> datetime:
    """An ISO time of the history; naive ones are UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def ago(text: str, now: datetime | None = None) -> str:
    """An ISO time as a distance from now: just now, 5 minutes ago, 2 days ago."""
    passed = max(((now or datetime.now(UTC)) - moment(text)).total_seconds(), 0)
    for length, unit in _UNITS:
        number = int(passed // length)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def clock(text: str) -> str:
    """An ISO time as 2026-11-21 04:25:32 UTC."""
    return f"{moment(text):%Y-%m-%d %H:%M:%S} UTC"


def plural(number: int, word: str) -> str:
    """1 row, 2,000 rows."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def table_link(schema: str, name: str, **more: str | int) -> str:
    """The address of a table's page; names may hold anything."""
    return "/table?" + urlencode({"schema": schema, "name": name, **more})


def aligned(rows: Sequence[Sequence[object]], at: int) -> bool:
    """Whether the cells of a column stand to the right: those of counts and shares do."""
    cells = [row[at] for row in rows if at < len(row)]
    return any(isinstance(cell, int | float) or (isinstance(cell, str) and cell.endswith("%")) for cell in cells)


_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "REAL", "NUMERIC")
_TIMES = ("DATE", "TIME")


def kind_of(sql_type: str) -> str:
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
