"""How a bookstore's scorecard is presented."""

from __future__ import annotations

from sbdk.datasets.bookstore.grading.results import ESTIMATES, UNCERTAIN, ExperimentScore, TableScore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard
from sbdk.score.card import Cell, Column, Interval, IntervalsView, Share, TableView, View, signed

_EXPERIMENTS = (
    Column("experiment", kind="name"),
    *map(Column, ("lift", "95 % interval", "true lift", "error", "holds it", "conclusion", "right")),
    Column("figures right", shown="page"),
)
_TABLES = (
    Column("table", "Table", kind="name"),
    Column("rows", "Expected rows"),
    Column("wrong", "Wrong rows"),
    Column("right", "Right"),
    Column("", "What costs most", kind="text", shown="page"),
)


def views(card: BookstoreScorecard) -> list[View]:
    """Estimates beside the truth, experiments, and the tables."""
    held, known = card.interval_coverage
    coverage = f"{held} of {known} intervals hold the true lift"
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
        TableView("Tables", _TABLES, [_table(table) for table in card.graded]),
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


def _table(table: TableScore) -> list[Cell]:
    return [table.role, table.rows, table.wrong, Share(table.quality, meter=True), table.first]
