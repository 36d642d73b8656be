"""Values as people read them: in tables, in figures, in what a screen reader says. chart.js has the same rules."""

from __future__ import annotations

from typing import Any

from sbdk.report.kinds import Column
from sbdk.spec.report import Format

_MONEY = {"dollars": "$", "euros": "€", "pounds": "£"}
_MINUS = "−"


def said(value: Any, column: Column) -> str:
    """One cell; nothing for null."""
    if value is None:
        return ""
    if column.kind == "number":
        return formatted(value, column.format)
    return str(value)[:19].replace("T", " ") if column.kind == "time" else str(value)


def formatted(value: float, style: Format) -> str:
    """A number in one of the formats that charts know."""
    sign = _MINUS if value < 0 else "+" if style == "change" and value > 0 else ""
    size = abs(value)
    if style in ("percent", "change"):
        return f"{sign}{100 * size:,.1f}\u00a0%"
    if style == "plain":
        return f"{sign}{size:.0f}" if size == int(size) else f"{sign}{size}"
    if style in _MONEY:
        return f"{sign}{_MONEY[style]}{size:,.0f}" if size >= 1000 else f"{sign}{_MONEY[style]}{size:,.2f}"
    return sign + _number(size) + ("\u00a0days" if style == "days" else "")


def _number(size: float) -> str:
    """Whole where it is whole or large, two decimals down to 1, then three figures that count."""
    if size >= 1000 or size == int(size):
        return f"{size:,.0f}"
    return f"{size:,.2f}" if size >= 1 else f"{size:.3g}"


def rows_said(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")
