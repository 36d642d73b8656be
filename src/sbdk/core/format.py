"""Formats numbers for people: counts, shares, sizes, durations."""

from __future__ import annotations


def count(value: float | None) -> str:
    """1234567 → 1,234,567; – for None."""
    return "–" if value is None else f"{value:,}"


def plural(number: int, noun: str) -> str:
    """1 row, 2,000 rows."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def percent(share: float) -> str:
    """A share 0..1 in per cent, truncated to a tenth, so that only 1 is 100 %."""
    return f"{int(share * 1000 + 1e-9) / 10:g} %"


def visible_percent(share: float) -> str:
    """As `percent`, but a share above 0 is never shown as 0 %."""
    return "< 0.1 %" if 0 < share < 0.001 else percent(share)


def size(value: float) -> str:
    """Bytes, measured: 13.9 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def rough_size(value: float) -> str:
    """Bytes, estimated: 14 MB, 1.4 MB, 5 bytes."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} PB"


def seconds(value: float | None) -> str:
    """Seconds, measured: 0.34 s, 12.1 s, 3 min 20 s; – for None."""
    if value is None:
        return "–"
    if value < 10:
        return f"{value:.2f} s"
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60):02d} s"


def rough_seconds(value: float) -> str:
    """Seconds, estimated: 90 seconds, 10 minutes, 12 days."""
    for unit, length in (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if value >= 2 * length:
            return f"{value / length:,.0f} {unit}"
    return f"{value:.0f} seconds"
