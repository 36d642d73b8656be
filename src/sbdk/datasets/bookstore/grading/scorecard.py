"""The scorecard of a bookstore: its tables, what each may cost, the experiments, and the views of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.datasets.bookstore.grading.results import (
    ESTIMATES,
    UNCERTAIN,
    ExperimentScore,
    SplitScore,
    TableScore,
    split_score,
)
from sbdk.datasets.bookstore.grading.tables import TABLES
from sbdk.score.card import Cell, Column, Interval, IntervalsView, Scorecard, Share, TableView, View, mean, signed
from sbdk.score.finding import Finding, sorted_findings


@dataclass(frozen=True)
class BookstoreScorecard(Scorecard):
    """tables: every role, also those that are not graded. experiments: what is told of them beside the score."""

    weights: ClassVar[Mapping[str, int]] = {spec.role: int(spec.worth) for spec in TABLES}
    titles: ClassVar[Mapping[str, str]] = {
        "experiments": "Analysis of experiments",
        "fact_sales": "Sales",
        "demand_features": "Features by book and day",
        "book_features": "Features by book",
        "book_features_history": "Features by book and month",
        "dim_books": "Books",
        "dim_publishers": "Publishers",
        "sales_performance_daily": "Sales by day",
        "inventory_optimization": "Stock",
        "ab_test_base": "Campaigns of experiments",
        "ab_test_summary": "Arms of experiments",
        "ab_test_daily_lift": "Days of experiments",
    }
    formula: ClassVar[str] = "Score = 100 less the points of all findings; a table costs at most what it is worth"
    law: ClassVar[str] = (
        "An analysis is graded on what the raw data show, not on luck: one interval in twenty misses the truth."
    )

    experiments: list[ExperimentScore]
    tables: list[TableScore]
    notes: list[str] = field(default_factory=list)

    @property
    def split(self) -> SplitScore:
        return split_score(self.experiments)

    @property
    def graded(self) -> list[TableScore]:
        return [table for table in self.tables if table.is_graded]

    @property
    def dearer(self) -> float:
        """What a fault costs by: more than 1 where the tables that are graded are worth less than 100 together."""
        return max(1.0, 100 / math.fsum(table.worth for table in self.graded))

    @property
    def parts(self) -> dict[str, float]:
        """What is left of the worth of each graded table, 0..1."""
        return {table.role: table.quality for table in self.graded}

    @property
    def shares(self) -> dict[str, float]:
        """The most points that each graded table may cost."""
        return {table.role: table.worth * self.dearer for table in self.graded}

    @property
    def coverage(self) -> float:
        covered = math.fsum(table.worth * table.covered for table in self.graded)
        every = math.fsum(table.worth for table in self.tables)
        return 100.0 if not self.uncovered else min(round(100 * covered / every, 1), 99.9)

    @property
    def uncovered(self) -> list[str]:
        names = [table.role for table in self.tables if not table.is_graded]
        return names + [f"{table.role}.{column}" for table in self.graded for column in table.absent]

    @property
    def interval_coverage(self) -> tuple[int, int]:
        """(published intervals that hold the true lift, all of them)."""
        known = [score.covers for score in self.experiments if score.covers is not None]
        return sum(known), len(known)

    def findings(self) -> list[Finding]:
        """The faults that cost points, the costliest first."""
        return sorted_findings([one.times(self.dearer) for table in self.graded for one in table.findings])

    def as_dict(self) -> dict[str, Any]:
        held, known = self.interval_coverage
        split, tables = self.split, {table.role: table for table in self.tables if table.is_graded}
        sales, calendar = tables.get("fact_sales"), tables.get("demand_features")
        return {
            "parts": {name: round(value, 6) for name, value in {**self._of_experiments(), **self.parts}.items()},
            "tables": {role: table.as_dict() for role, table in tables.items()},
            "experiments": [score.as_dict() for score in self.experiments],
            "interval_coverage": {"intervals": known, "hold_the_truth": held},
            "split": {"planted": split.planted, "precision": split.precision, "recall": split.recall, "f1": split.f1},
            "sales": sales.as_dict() if sales else None,
            "calendar": calendar.as_dict() if calendar else None,
        }

    def _of_experiments(self) -> dict[str, float]:
        """How much of the analysis is right, by kind of figure."""
        return {
            "estimates": mean([score.share_right(ESTIMATES) for score in self.experiments]),
            "uncertainty": mean([score.share_right(UNCERTAIN) for score in self.experiments]),
            "conclusions": mean([float(score.verdict == score.right_verdict) for score in self.experiments]),
            "split": self.split.f1,
        }


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
