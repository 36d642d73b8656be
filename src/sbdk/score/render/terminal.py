"""A scorecard as lines and tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sbdk.core.format import percent
from sbdk.score.card import BarsView, Cell, Scorecard, ScoredWarehouse, Share, TableView

FINDINGS = 12
"""Findings that are shown; the HTML report has all."""


@dataclass(frozen=True)
class Listing:
    """A table of a terminal."""

    title: str
    columns: list[str]
    rows: list[list[str | int]]


def headline(card: Scorecard) -> str:
    """Score and grade; and the coverage, if part of the answer key is not graded."""
    covered = "" if card.coverage == 100 else f", over {card.coverage:.1f} % of the answer key"
    return f"Score {card.score:.1f} of 100, grade {card.grade}{covered}"


def listings(scored: ScoredWarehouse) -> Iterator[Listing]:
    """The views that a terminal shows."""
    for view in scored.views:
        if view.shown == "page":
            continue
        if isinstance(view, TableView):
            yield _table(view)
        elif isinstance(view, BarsView):
            yield _bars(view)


def finding_lines(card: Scorecard) -> tuple[list[str], int]:
    """The costliest findings, a line each, and how many more there are."""
    findings = card.findings()
    lines = [f"−{finding.points:.2f}  {finding.where}: {finding.text}" for finding in findings[:FINDINGS]]
    return lines, max(0, len(findings) - FINDINGS)


def _table(view: TableView) -> Listing:
    kept = [index for index, column in enumerate(view.columns) if column.shown != "page"]
    rows = [[_cell(row[index]) for index in kept] for row in view.rows]
    return Listing(view.title, [view.columns[index].title for index in kept], rows)


def _cell(cell: Cell) -> str | int:
    if isinstance(cell, Share):
        return percent(cell.value)
    return "" if cell is None else cell


def _bars(view: BarsView) -> Listing:
    places = list(view.bars[0].places) if view.bars else []
    rows: list[list[str | int]] = [
        [bar.name, bar.total, *bar.places.values(), bar.lost, bar.extra] for bar in view.bars
    ]
    return Listing(view.title, ["table", "received", *places, "lost", "extra"], rows)
