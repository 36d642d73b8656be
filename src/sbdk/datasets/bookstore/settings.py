"""What the bookstore adds to a project's configuration: its volumes, and the roles that are graded."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from sbdk.core.errors import ConfigError
from sbdk.spec.config_sections import MOST_ROWS, Rows, Section
from sbdk.spec.data_sets import DatasetEntry

DEFAULTS = {"publishers": 10, "books": 100, "sales": 100, "inventory": 50, "campaign_events": 50}
FEWEST_CAMPAIGNS = 12
"""A pair of rows for each of the five experiments, and one pair without."""
_LIMITS = {
    "publishers": (1, 10_000_000),
    "books": (1, 10_000_000),  # seven digits of an ISBN number the books of a language
    "sales": (0, 2**31 - 1),
    "inventory": (0, 2**31 - 1),
    "campaign_events": (0, 2**31 - 2),
}


def volumes_of(asked: Mapping[str, int]) -> dict[str, int]:
    """Rows by table: as configured or the default; of campaign events an even number of at least 12.

    Raises ConfigError with the key of a volume that no bookstore can have.
    """
    rows = {name: asked.get(name, default) for name, default in DEFAULTS.items()}
    for name, (least, most) in _LIMITS.items():
        if not least <= rows[name] <= most:
            raise ConfigError(f"data_volume.{name}: {rows[name]:,} is not from {least} to {most:,}")
    campaigns = max(rows["campaign_events"], FEWEST_CAMPAIGNS)
    return {**rows, "campaign_events": campaigns + campaigns % 2}


class BookstoreVolumes(Section):
    """Rows at the anchor."""

    publishers: int = Field(
        default=DEFAULTS["publishers"], ge=1, le=MOST_ROWS, description="Publishers of the bookstore."
    )
    books: int = Field(default=DEFAULTS["books"], ge=1, le=MOST_ROWS, description="Books of the bookstore.")
    sales: Rows = Field(default=DEFAULTS["sales"], description="Sales of the bookstore before end_date.")
    inventory: Rows = Field(
        default=DEFAULTS["inventory"], description="Stocks of the bookstore: a book in a warehouse."
    )
    campaign_events: Rows = Field(
        default=DEFAULTS["campaign_events"],
        description="Campaign rows of the bookstore before end_date; an even number, 12 at least.",
    )


def volumes(asked: BookstoreVolumes, scale: float) -> dict[str, int]:
    """Rows by table, scaled; at least one unless the volume is 0."""
    rows: dict[str, int] = {name: getattr(asked, name) for name in DEFAULTS}
    return {name: max(1, round(count * scale)) if count else 0 for name, count in rows.items()}


ROLES = {
    "experiments": "experiments.ab_test_lift_analysis",
    "fact_sales": "analytics.fact_sales",
    "demand_features": "ml_features.demand_forecasting_features",
    "book_features": "ml_features.book_features",
    "book_features_history": "ml_features.book_features_history",
    "dim_books": "analytics.dim_books",
    "dim_publishers": "analytics.dim_publishers",
    "sales_performance_daily": "analytics.sales_performance_daily",
    "inventory_optimization": "analytics.inventory_optimization",
    "ab_test_base": "experiments.ab_test_base",
    "ab_test_summary": "experiments.ab_test_summary",
    "ab_test_daily_lift": "experiments.ab_test_daily_lift",
}
"""The roles that are graded, and the template's tables for them."""

RULES_VERSION = 3
"""Raised whenever the same settings would give other cells."""
ENTRY = DatasetEntry(
    opens="sbdk.datasets.bookstore.dataset:BookstoreDataset",
    volume_keys=BookstoreVolumes,
    volumes=volumes,
    roles=ROLES,
    version=RULES_VERSION,
)
