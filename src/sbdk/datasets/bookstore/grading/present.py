"""The parts of the HTML report that only a bookstore has."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from sbdk.datasets.bookstore.grading.listings import COLUMNS, experiment_cells, signed
from sbdk.datasets.bookstore.grading.results import ESTIMATES, UNCERTAIN, ExperimentScore, RowsScore
from sbdk.score.render.markup import metered

if TYPE_CHECKING:
    from sbdk.datasets.bookstore.grading.scorecard import BookstoreCard

_WIDTH, _ROW, _LEFT, _RIGHT = 960, 34, 110, 24


def sections(card: BookstoreCard) -> list[tuple[str, str]]:
    return [
        ("Estimated and true lift", _forest(card.experiments)),
        ("Experiments", _experiments(card)),
        ("Nothing is lost", _rows(card)),
    ]


def _experiments(card: BookstoreCard) -> str:
    head = "".join(f"<th>{name}</th>" for name in (*COLUMNS[1:], "figures right"))
    rows = "".join(_experiment(one) for one in card.experiments)
    held, known = card.coverage
    said = f"{held} of {known} intervals hold the true lift. One in twenty does not, by chance: that costs nothing."
    table = f"<table><thead><tr><th>experiment</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'{table}<p class="said soft">{said}</p>'


def _experiment(one: ExperimentScore) -> str:
    cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in experiment_cells(one))
    share = one.share_right((*ESTIMATES, *UNCERTAIN))
    return f'<tr><td class="name">{escape(one.experiment)}</td>{cells}<td>{metered(share)}</td></tr>'


def _rows(card: BookstoreCard) -> str:
    parts = (("sales of each day", card.sales), ("features of each book and day", card.calendar))
    rows = "".join(_table(name, part) for name, part in parts if part is not None)
    head = '<th>Table</th><th>Expected</th><th>Wrong</th><th>Right</th><th class="left">The first wrong one</th>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""


def _table(name: str, part: RowsScore) -> str:
    figures = f"<td>{part.expected:,}</td><td>{part.wrong:,}</td>"
    right = metered(max(0.0, 1 - part.wrong / max(part.expected, 1)))
    return (
        f'<tr><td class="name">{name}</td>{figures}<td>{right}</td><td class="wide soft">{escape(part.first)}</td></tr>'
    )


def _forest(scores: list[ExperimentScore]) -> str:
    """A forest plot: interval and estimate of each experiment, and a diamond where the truth is."""
    values = [0.0, *(one.true_lift for one in scores), *(end for one in scores for end in _ends(one))]
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or 0.01

    def x(value: float) -> float:
        return _LEFT + (value - low + room) / (high - low + 2 * room) * (_WIDTH - _LEFT - _RIGHT)

    height = _ROW * len(scores) + 34
    zero = f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="6" y2="{height - 28}" class="zero"/>'
    drawn = "".join(_drawn(one, _ROW * (row + 0.7), x) for row, one in enumerate(scores))
    scale = "".join(
        f'<text x="{x(value):.1f}" y="{height - 8}" text-anchor="middle">{signed(value)}</text>'
        for value in sorted({low, 0.0, high})
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" class="forest" '
        f'aria-label="Intervals of the relative lift, and the true lift">{zero}{drawn}{scale}</svg>'
        '<p class="said soft">Line: the published 95 % interval; dot: the estimate; diamond: the truth.</p>'
    )


def _ends(one: ExperimentScore) -> list[float]:
    names = ("relative_lift", "relative_lift_low", "relative_lift_high")
    return [float(value) for name in names if (value := (one.found or {}).get(name)) is not None]


def _drawn(one: ExperimentScore, y: float, x: Callable[[float], float]) -> str:
    tone = "poor" if one.found is None or one.wrong else "good"
    name = f'<text x="8" y="{y + 5:.0f}">{escape(one.experiment)}</text>'
    ends = _ends(one)
    line = dot = ""
    if ends:
        line = f'<line x1="{x(min(ends)):.1f}" x2="{x(max(ends)):.1f}" y1="{y:.0f}" y2="{y:.0f}" class="{tone}"/>'
        dot = f'<circle cx="{x(ends[0]):.1f}" cy="{y:.0f}" r="5" class="{tone}"/>'
    at = x(one.true_lift)
    diamond = f'<path d="M{at:.1f} {y - 9:.0f}l6 9l-6 9l-6 -9z" class="truth"/>'
    return f"{name}{line}{dot}{diamond}"
