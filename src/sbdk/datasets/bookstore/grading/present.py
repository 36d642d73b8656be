"""How a bookstore's scorecard is presented."""

from __future__ import annotations

from sbdk.datasets.bookstore.grading.results import ESTIMATES, UNCERTAIN, ExperimentScore, RowsScore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard
from sbdk.score.card import Cell, Column, Interval, IntervalsView, Share, TableView, View, signed

_EXPERIMENTS = (
    Column("experiment", kind="name"),
    *map(Column, ("lift", "95 % interval", "true lift", "error", "holds it", "conclusion", "right")),
    Column("figures right", shown="page"),
)
_ROWS = (
    Column("Table", kind="name"),
    Column("ExpectedDemand"),
    Column("Wrong"),
    Column("Right"),
    Column("The first wrong one", kind="text"),
)


def views(card: BookstoreScorecard) -> list[View]:
    """Estimates beside the truth, experiments, sales and features, and in a terminal the parts of the score."""
    held, known = card.interval_coverage
    coverage = f"{held} of {known} intervals hold the true lift"
    rows = (("sales of each day", card.sales), ("features of each book and day", card.calendar))
    return [
        IntervalsView(
            "Estimated and true lift",
            [_interval(score) for score in card.experiments],
            "Intervals of the relative lift, and the true lift",
            "Line: the published 95 % interval; dot: the estimate; diamond: the truth.",
        ),
        TableView(
            f"Experiments: {coverage}",
            _EXPERIMENTS,
            [_experiment(score) for score in card.experiments],
            heading="Experiments",
            note=f"{coverage}. One in twenty does not, by chance: that costs nothing.",
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


def _interval(score: ExperimentScore) -> Interval:
    return Interval(
        score.experiment,
        score.true_lift,
        estimate=_figure(score, "relative_lift"),
        low=_figure(score, "relative_lift_low"),
        high=_figure(score, "relative_lift_high"),
        is_right=score.found is not None and not score.wrong,
    )


def _figure(score: ExperimentScore, name: str) -> float | None:
    value = (score.found or {}).get(name)
    return None if value is None else float(value)


def _experiment(score: ExperimentScore) -> list[Cell]:
    found = score.found or {}
    low, high = (signed(found.get(f"relative_lift_{end}")) for end in ("low", "high"))
    holds = {True: "yes", False: "no", None: ""}[score.covers]
    return [
        score.experiment,
        signed(found.get("relative_lift")),
        f"{low} … {high}" if low and high else "",
        signed(score.true_lift),
        signed(score.error),
        holds,
        score.verdict or "none",
        "yes" if score.verdict == score.right_verdict else f"no: {score.right_verdict}",
        Share(score.share_right((*ESTIMATES, *UNCERTAIN)), meter=True),
    ]


def _rows(name: str, part: RowsScore) -> list[Cell]:
    right = max(0.0, 1 - part.wrong / max(part.expected, 1))
    return [name, part.expected, part.wrong, Share(right, meter=True), part.first]
