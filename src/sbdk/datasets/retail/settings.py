"""What the retail data set adds to a project's configuration: the volumes of its streams, and the graded roles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sbdk.spec.config_sections import Section
from sbdk.spec.data_sets import DatasetEntry

RULES_VERSION = 3
"""Raised whenever the same settings would give other cells."""

MOST_INITIAL, MOST_NEW, MOST_SALES = 10_000_000, 100_000, 10_000_000
Initial = Annotated[int, Field(ge=1, le=MOST_INITIAL)]
NewPerBatch = Annotated[int, Field(ge=0, le=MOST_NEW)]
NewPerDay = Annotated[float, Field(ge=0, le=1e9)]
Share = Annotated[float, Field(ge=0, le=0.999)]


class InitialRecords(Section):
    """Records that each dimension begins with."""

    stores: Initial = Field(default=80, description="Stores there are at the start.")
    customers: Initial = Field(default=40_000, description="Customers there are at the start.")
    products: Initial = Field(default=600, description="Products there are at the start.")


class NewRecords(Section):
    """The most new records of a dimension in a batch of five virtual minutes: the upper bound of what a day brings."""

    stores: NewPerBatch = Field(default=10, description="At most so many stores open in a batch.")
    customers: NewPerBatch = Field(default=30, description="At most so many customers join in a batch.")
    products: NewPerBatch = Field(default=20, description="At most so many products come in a batch.")


class DailyRecords(Section):
    """New records of a dimension on an average day: a batch brings uniform 0 to twice its part of them, and at most
    new_per_batch. Below .01 there are none."""

    stores: NewPerDay = Field(default=0.3, description="Stores that open on an average day.")
    customers: NewPerDay = Field(default=200, description="Customers that join on an average day.")
    products: NewPerDay = Field(default=6, description="Products that come on an average day.")


class UpdateShares(Section):
    """The share of a dimension's records that are updates of known keys."""

    stores: Share = Field(default=0.995, description="Of the records of stores, after the first ones.")
    customers: Share = Field(default=0.9, description="Of the records of customers, after the first ones.")
    products: Share = Field(default=0.995, description="Of the records of products, after the first ones.")


class RetailStreams(Section):
    """How much the four streams emit. Every key but latency_max_s decides values."""

    latency_max_s: float = Field(
        default=60.0, ge=0, le=3_600, description="A sale is delivered up to so many virtual seconds after its event."
    )
    initial: InitialRecords = Field(default=InitialRecords(), description="Records at the start.")
    new_per_batch: NewRecords = Field(default=NewRecords(), description="Most new records per batch.")
    new_per_day: DailyRecords = Field(default=DailyRecords(), description="New records on an average day.")
    update_share: UpdateShares = Field(default=UpdateShares(), description="Updates among dimension records.")
    sales_per_batch: int = Field(
        default=500,
        ge=0,
        le=MOST_SALES,
        description="Sales per batch of five virtual minutes, on average over a year.",
    )
    tax: float = Field(default=0.08, ge=0, le=1, description="Share of total_amount that is tax_amount.")


def scaled(streams: Any, scale: float) -> Any:
    """The section `streams` with its volumes multiplied: sales, entities at the start, and new ones; no share or tax.

    Whole numbers are rounded, to at least one unless they are 0. ValueError beyond what the keys themselves allow.
    """

    def whole(key: str, rows: int, most: int) -> int:
        product = rows * scale
        if product > most:
            raise ValueError(f"scale × streams.{key} makes {product:.0e}: more than {most:,}")
        return max(1, round(product)) if rows else 0

    def section(name: str, most: int) -> Section:
        rows: Section = getattr(streams, name)
        return rows.model_copy(update={key: whole(f"{name}.{key}", count, most) for key, count in rows})

    a_day = {key: rate * scale for key, rate in streams.new_per_day}
    changed = {
        "initial": section("initial", MOST_INITIAL),
        "new_per_batch": section("new_per_batch", MOST_NEW),
        "new_per_day": streams.new_per_day.model_copy(update=a_day),
        "sales_per_batch": whole("sales_per_batch", streams.sales_per_batch, MOST_SALES),
    }
    return streams.model_copy(update=changed)


_ANY = {"duplicate": 0.01, "malformed": 0.001, "schema_drift": 0.0}
_DIMENSION = {**_ANY, "out_of_order": 0.05}
DIRT: dict[str, dict[str, float]] = {
    "sales": {**_ANY, "return": 0.05, "negative_discount": 0.02, "late": 0.001, "orphan": 0.005},
    "customers": {**_DIMENSION, "missing_email": 0.02},
    "products": _DIMENSION,
    "stores": {**_DIMENSION, "missing_manager": 0.02},
}
"""The default defect rates of the streams."""

ROLES = {
    "customers": "silver.customers",
    "products": "silver.products",
    "stores": "silver.stores",
    "customers_current": "silver.customers_current",
    "products_current": "silver.products_current",
    "stores_current": "silver.stores_current",
    "sales": "silver.sales_transactions",
    "returns": "silver.returns_transactions",
    "late_sales": "silver.late_sales",
    "held_sales": "silver.held_sales",
    "quarantine_customers": "quarantine.customers",
    "quarantine_products": "quarantine.products",
    "quarantine_stores": "quarantine.stores",
    "quarantine_sales": "quarantine.sales",
    "facts": "gold.denormalized_sales_facts",
    "windows": "gold.sales_by_store_window",
    "daily_sales": "gold.daily_sales_by_store",
    "product_performance": "gold.product_performance",
    "customer_lifetime_value": "gold.customer_lifetime_value",
    "bronze_customers": "bronze.customers",
    "bronze_products": "bronze.products",
    "bronze_stores": "bronze.stores",
    "bronze_sales": "bronze.sales",
}
"""The roles that are graded, and the template's tables for them; those of bronze are not graded any more."""

ENTRY = DatasetEntry(
    opens="sbdk.datasets.retail.dataset:RetailDataset",
    stream_keys=RetailStreams,
    scaled_streams=scaled,
    roles=ROLES,
    facts=("sales",),
    version=RULES_VERSION,
)
