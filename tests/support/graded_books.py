"""A bookstore's warehouse without fault, worked out in plain Python and with statsmodels; nothing of it is ours.

It has three of the tables, with some of their columns, and says so in score.tables.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from scipy.stats import chisquare
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from sbdk.datasets.bookstore.grading.expected.raw import RawBookstore
from sbdk.datasets.bookstore.grading.grade import RAW, grade, raw_bookstore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard
from sbdk.datasets.union import open_dataset
from sbdk.spec.data_set_sections import ScoreSettings
from sbdk.spec.world import WorldSettings

VOLUMES = {"publishers": 5, "books": 20, "sales": 200, "inventory": 5, "campaign_events": 50}
ARMS = ("control", "treatment")
LAST = date(2025, 12, 31)


TABLES = {
    "experiments": "experiments.ab_test_lift_analysis",
    "fact_sales": "analytics.fact_sales",
    "demand_features": "ml_features.demand_forecasting_features",
}


@cache
def truth(seed: int = 42) -> dict[str, pa.Table]:
    """The raw tables of the generator, and what is true of the experiments."""
    world: Any = open_dataset(
        "bookstore", WorldSettings(seed, datetime(2025, 1, 1), datetime(2026, 1, 1), VOLUMES), Path()
    )
    made = {name: pa.Table.from_batches(list(world.tables[name].batches())) for name in RAW}
    return {**made, "experiments": world.experiments()}


def raw(seed: int = 42) -> RawBookstore:
    """The raw tables, as the grader gets them."""
    rows = truth(seed)
    return raw_bookstore(rows, date(2025, 1, 1), datetime(2026, 1, 1), rows["experiments"])


def warehouse(seed: int = 42) -> duckdb.DuckDBPyConnection:
    """The perfect warehouse, under the template's names."""
    connection = duckdb.connect()
    for name, rows in (
        ("experiments.ab_test_lift_analysis", _analysis(truth(seed)["campaign_events"].to_pylist())),
        ("analytics.fact_sales", truth(seed)["sales"].to_pylist()),
        ("ml_features.demand_forecasting_features", _features(seed)),
    ):
        connection.execute(f"create schema {name.partition('.')[0]}")
        connection.register("made", pa.Table.from_pylist(rows))
        connection.execute(f"create table {name} as from made")
        connection.unregister("made")
    return connection


def graded(connection: duckdb.DuckDBPyConnection, seed: int = 42, **settings: Any) -> BookstoreScorecard:
    """By default the three tables are mapped, and what they lack is no fault."""
    chosen = {"tables": TABLES, **settings}
    return grade(connection, raw(seed), truth(seed)["experiments"], ScoreSettings.model_validate(chosen))


def _analysis(campaigns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = sorted({row["experiment_id"] for row in campaigns} - {None})
    return [_experiment(name, [row for row in campaigns if row["experiment_id"] == name]) for name in names]


def _experiment(name: str, campaigns: list[dict[str, Any]]) -> dict[str, Any]:
    def sums(column: str) -> list[Any]:
        return [sum(row[column] for row in campaigns if row["treatment_group"] == arm) for arm in ARMS]

    (x0, x1), (n0, n1), (paid0, paid1) = sums("clicks"), sums("impressions"), sums("spend")
    _, p_value = proportions_ztest([x1, x0], [n1, n0])
    ratio = confint_proportions_2indep(x1, n1, x0, n0, method="log", compare="ratio")
    difference = confint_proportions_2indep(x1, n1, x0, n0, method="wald", compare="diff")  # ours are Newcombe's
    cpc = float(paid0) / x0, float(paid1) / x1
    return {
        "experiment_id": name,
        "control_ctr": x0 / n0,
        "treatment_ctr": x1 / n1,
        "control_cpc": cpc[0],
        "treatment_cpc": cpc[1],
        "cpc_reduction": 1 - cpc[1] / cpc[0],
        "absolute_lift": x1 / n1 - x0 / n0,
        "absolute_lift_low": difference[0],
        "absolute_lift_high": difference[1],
        "relative_lift": (x1 / n1) / (x0 / n0) - 1,
        "relative_lift_low": ratio[0] - 1,
        "relative_lift_high": ratio[1] - 1,
        "p_value": p_value,
        "is_significant": bool(p_value < 0.05),
        "sample_ratio_mismatch": bool(chisquare([n0, n1]).pvalue < 0.001),
    }


def _features(seed: int) -> list[dict[str, Any]]:
    sold = Counter[tuple[str, date]]()
    for row in truth(seed)["sales"].to_pylist():
        sold[row["book_id"], row["sale_date"]] += row["quantity"]
    rows = []
    for book in truth(seed)["books"].to_pylist():
        day = max(book["created_at"].date() + timedelta(1), date(2025, 1, 1))
        while day <= LAST:
            rows.append({"book_id": book["book_id"], "feature_date": day, "target_units": sold[book["book_id"], day]})
            day += timedelta(1)
    return rows
