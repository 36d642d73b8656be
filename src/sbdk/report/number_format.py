"""Values formatted for people: in tables, in figures, for screen readers. charts/values.js has the same rules."""

from __future__ import annotations

from typing import Any

from sbdk.report.chart_data import ChartColumn
from sbdk.spec.report import Format

_MONEY = {"dollars": "$", "euros": "€", "pounds": "£"}
_UNITS = {"percent": "\u00a0%", "change": "\u00a0%", "days": "\u00a0days"}
_MINUS = "−"


def as_text(value: Any, column: ChartColumn) -> str:
    """The text of one cell; empty for null."""
    if value is None:
        return ""
    if column.kind == "number":
        return formatted(value, column.format)
    text = str(value)
    return text[:19].replace("T", " ") if column.kind == "time" and text[10:11] == "T" else text


def formatted(value: float, style: Format) -> str:
    """A number in one of the formats of charts. A number that is shown as zero has no sign."""
    size = abs(value)
    text = _size(size, style)
    signed = any(digit in text for digit in "123456789")
    sign = ("" if not signed else _MINUS if value < 0 else "+" if style == "change" else "") + _MONEY.get(style, "")
    return sign + text + _UNITS.get(style, "")


def compact(value: float, style: Format) -> str:
    """A large number, shortened: $175.9M for 175,914,928 dollars."""
    size = abs(value)
    if size < 1e7 or style in ("percent", "change", "plain"):
        return formatted(value, style)
    unit, letter = (1e9, "B") if size >= 1e9 else (1e6, "M")
    return (_MINUS if value < 0 else "") + _MONEY.get(style, "") + f"{size / unit:,.1f}{letter}" + _UNITS.get(style, "")


def _size(size: float, style: Format) -> str:
    if style in ("percent", "change"):
        return f"{100 * size:.{0 if size == 0 else 2}f}" if size < 0.01 else f"{100 * size:,.1f}"
    if style == "plain":
        return str(int(size)) if size == int(size) else str(size)
    if style in _MONEY:
        return _whole(size) if size >= 1000 else f"{size:,.2f}"
    return _number(size)


def _number(size: float) -> str:
    """No decimals for whole or large numbers, two decimals down to 1, below that three significant figures."""
    if 0 < size < 1e-4:
        return f"{size:.2e}".replace("e-0", "e-")
    if size >= 1000 or size == int(size):
        return _whole(size)
    return f"{size:,.2f}" if size >= 1 else f"{size:.3g}"


def _whole(size: float) -> str:
    """Python formats a large integer through a float, which changes its digits."""
    return f"{size:,}" if isinstance(size, int) else f"{size:,.0f}"
