"""The report card as one HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.format import percent
from sbdk.score.card import Interval, IntervalsView, ScoredWarehouse, TableView, signed

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_ROUND = 326.73
"""Circumference of the ring, of radius 52."""
_WIDTH, _ROW, _LEFT, _RIGHT = 960, 34, 110, 24
"""Of a forest plot, in pixels: the picture, a row, and the room beside the lines."""


def html_page(scored: ScoredWarehouse, *, project: str) -> str:
    """The report. Every value is escaped; a colleague can open it from a mail."""
    card = scored.card
    findings = card.findings()
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            project=project,
            card=card,
            findings=findings,
            verdict="Without any fault." if card.score == 100 else "",
            received=scored.received,
            filled=_ROUND * card.score / 100,
            round=_ROUND,
            views=[view for view in scored.views if view.shown != "terminal"],
            css=(_HERE / "page.css").read_text(encoding="utf-8"),
            total=sum(card.weights[name] for name in card.parts),
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=percent, tone=tone, signed=signed, grouped=_groups)
    environment.globals["forest"] = ForestPlot.of
    return environment


def tone(share: float) -> str:
    """good, fair or poor."""
    return "good" if share >= 0.95 else "fair" if share >= 0.7 else "poor"


def _groups(view: TableView) -> list[tuple[Any, list[Any]]]:
    """Rows by the value of the first column, if the view is grouped; else all below no value."""
    if not view.grouped:
        return [(None, list(view.rows))]
    return [(name, list(rows)) for name, rows in groupby(view.rows, key=lambda row: row[0])]


@dataclass(frozen=True)
class ForestPlot:
    """The coordinates of a forest plot, in pixels; a diamond marks the truth."""

    height: int
    zero: float
    rows: list[tuple[Interval, float, list[float], float]]
    """Interval, its y, the x of its ends, the x of the truth."""
    scale: list[tuple[float, float]]
    """x and value."""
    width: int = _WIDTH

    @classmethod
    def of(cls, view: IntervalsView) -> ForestPlot:
        values = [0.0, *(end for interval in view.intervals for end in (interval.truth, *interval.ends))]
        low, high = min(values), max(values)
        x = _axis(low, high)
        rows = [
            (interval, _ROW * (row + 0.7), [x(end) for end in interval.ends], x(interval.truth))
            for row, interval in enumerate(view.intervals)
        ]
        scale = [(x(value), value) for value in sorted({low, 0.0, high})]
        return cls(_ROW * len(view.intervals) + 34, x(0.0), rows, scale)


def _axis(low: float, high: float) -> Callable[[float], float]:
    room = (high - low) * 0.06 or 0.01

    def x(value: float) -> float:
        return _LEFT + (value - low + room) / (high - low + 2 * room) * (_WIDTH - _LEFT - _RIGHT)

    return x
