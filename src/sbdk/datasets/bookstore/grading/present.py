"""How a bookstore's scorecard is presented."""

from __future__ import annotations

from sbdk.datasets.bookstore.grading.results import (
    ESTIMATES,
    UNCERTAIN,
    BookstoreCard,
    ExperimentScore,
    RowsScore,
)
from sbdk.score.view import Cell, Column, Interval, IntervalsView, Share, TableView, View, signed

_EXPERIMENTS = (
    Column("experiment", kind="name"),
    *map(Column, ("lift", "95 % interval", "true lift", "error", "holds it", "conclusion", "right")),
    Column("figures right", shown="page"),
)
_ROWS = (
    Column("Table", kind="name"),
    Column("Expected"),
    Column("Wrong"),
    Column("Right"),
    Column("The first wrong one", kind="text"),
)


def views(card: BookstoreCard) -> list[View]:
    """Estimates beside the truth, experiments, sales and features, and in a terminal the parts of the score."""
    held, known = card.coverage
    said = f"{held} of {known} intervals hold the true lift"
    rows = (("sales of each day", card.sales), ("features of each book and day", card.calendar))
    return [
        IntervalsView(
            "Estimated and true lift",
            [_interval(one) for one in card.experiments],
            "Intervals of the relative lift, and the true lift",
            "Line: the published 95 % interval; dot: the estimate; diamond: the truth.",
        ),
        TableView(
            f"Experiments: {said}",
            _EXPERIMENTS,
            [_experiment(one) for one in card.experiments],
            heading="Experiments",
            note=f"{said}. One in twenty does not, by chance: that costs nothing.",
        ),
        TableView(
            "Nothing is lost", _ROWS, [_rows(name, part) for name, part in rows if part is not None], shown="page"
        ),
        TableView(
            "Parts",
            (Column("part", kind="name"), Column("right")),
            [[card.titles[name], Share(value)] for name, value in card.parts.items()],
            shown="terminal",
        ),
    ]


def _interval(one: ExperimentScore) -> Interval:
    return Interval(
        one.experiment,
        one.true_lift,
        estimate=_figure(one, "relative_lift"),
        low=_figure(one, "relative_lift_low"),
        high=_figure(one, "relative_lift_high"),
        is_right=one.found is not None and not one.wrong,
    )


def _figure(one: ExperimentScore, name: str) -> float | None:
    value = (one.found or {}).get(name)
    return None if value is None else float(value)


def _experiment(one: ExperimentScore) -> list[Cell]:
    found = one.found or {}
    low, high = (signed(found.get(f"relative_lift_{end}")) for end in ("low", "high"))
    holds = {True: "yes", False: "no", None: ""}[one.covers]
    return [
        one.experiment,
        signed(found.get("relative_lift")),
        f"{low} … {high}" if low and high else "",
        signed(one.true_lift),
        signed(one.error),
        holds,
        one.verdict or "none",
        "yes" if one.verdict == one.right_verdict else f"no: {one.right_verdict}",
        Share(one.share_right((*ESTIMATES, *UNCERTAIN)), meter=True),
    ]


def _rows(name: str, part: RowsScore) -> list[Cell]:
    right = max(0.0, 1 - part.wrong / max(part.expected, 1))
    return [name, part.expected, part.wrong, Share(right, meter=True), part.first]
