"""The tables that are graded: their roles, what makes the right one, its key, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import pyarrow as pa

from sbdk.datasets.bookstore.grading.expected.books import book_features, book_features_history
from sbdk.datasets.bookstore.grading.expected.demand import demand_features
from sbdk.datasets.bookstore.grading.expected.experiments import (
    ab_test_base,
    ab_test_daily_lift,
    ab_test_lift_analysis,
    ab_test_summary,
)
from sbdk.datasets.bookstore.grading.expected.raw import RawBookstore
from sbdk.datasets.bookstore.grading.expected.sales import (
    dim_books,
    dim_publishers,
    fact_sales,
    sales_performance_daily,
)
from sbdk.datasets.bookstore.grading.expected.stock import inventory_optimization
from sbdk.datasets.bookstore.settings import ROLES
from sbdk.score.session import GradedTables

COLUMN, DEAR = 5.0, 10.0
"""Points that a column costs of which every cell is wrong; one that all else rests on."""
MAIN, SMALL = 25.0, 8.0
"""Points that a table is worth: the facts, both kinds of features and the analysis of experiments; any other one."""
CENT = "0.0051"
"""Room of what is rounded to cents, whichever way."""
_DEVIATIONS = 2 * 1.959963984540054
"""The width of a 95 % interval in standard errors."""

Made: TypeAlias = "pa.Table | Iterable[pa.RecordBatch]"


@dataclass(frozen=True)
class TableSpec:
    """A graded table. weigh: a column of which rows above 0 count by themselves: losing those is losing the table.

    rooms: SQL of the room that a figure has, where it is not that of its kind; names right cells as "e_COLUMN".
    points: of columns, where they are not COLUMN.
    """

    role: str
    key: tuple[str, ...]
    make: Callable[[RawBookstore], Made]
    worth: float = SMALL
    weigh: str | None = None
    rooms: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)


def _bound(figure: str) -> dict[str, str]:
    """A tenth of a standard error for both ends of an interval: good methods differ by less."""
    room = f'0.1 * abs("e_{figure}_high" - "e_{figure}_low") / {_DEVIATIONS}'
    return {f"{figure}_low": room, f"{figure}_high": room}


def _dear(*columns: str) -> dict[str, float]:
    return dict.fromkeys(columns, DEAR)


_LIFT_ROOMS = {
    **_bound("absolute_lift"),
    **_bound("relative_lift"),
    **dict.fromkeys(("p_value", "split_p_value", "novelty_p_value", "achieved_power"), "0.01"),
    **dict.fromkeys(("z", "novelty_z"), "0.05"),
    "minimum_detectable_lift": '0.05 * abs("e_minimum_detectable_lift")',
}

TABLES = (
    TableSpec(
        "experiments",
        ("experiment_id",),
        ab_test_lift_analysis,
        MAIN,
        rooms=_LIFT_ROOMS,
        points=_dear("relative_lift", "conclusion", "sample_ratio_mismatch"),
    ),
    TableSpec(
        "fact_sales",
        ("transaction_id",),
        fact_sales,
        MAIN,
        points=_dear("book_id", "sale_date", "quantity", "total_amount"),
    ),
    TableSpec(
        "demand_features",
        ("book_id", "feature_date"),
        demand_features,
        MAIN,
        weigh="target_units",
        points=_dear("target_units"),
    ),
    TableSpec("book_features", ("book_id",), book_features, MAIN, weigh="units_total"),
    TableSpec("book_features_history", ("book_id", "as_of_date"), book_features_history, weigh="units_total"),
    TableSpec("dim_books", ("book_id",), dim_books),
    TableSpec("dim_publishers", ("publisher_id",), dim_publishers),
    TableSpec(
        "sales_performance_daily",
        ("sale_date",),
        sales_performance_daily,
        weigh="transactions",
        rooms=dict.fromkeys(("average_transaction", "discount_percent", "average_7_days"), CENT),
    ),
    TableSpec("inventory_optimization", ("book_id",), inventory_optimization),
    TableSpec("ab_test_base", ("campaign_id",), ab_test_base),
    TableSpec("ab_test_summary", ("experiment_id", "treatment_group"), ab_test_summary),
    TableSpec("ab_test_daily_lift", ("experiment_id", "campaign_date"), ab_test_daily_lift),
)
"""In the order in which they are shown."""


class BookstoreTables(GradedTables):
    """Dimensions, sales, stock, features, experiments."""

    roles: ClassVar[Mapping[str, str]] = ROLES
