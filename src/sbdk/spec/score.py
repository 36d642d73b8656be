"""The section `score`: where a warehouse has what is graded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sbdk.spec.dirt import Defect
from sbdk.spec.sections import Section

Role = Literal[
    "customers",
    "products",
    "stores",
    "customers_current",
    "products_current",
    "stores_current",
    "sales",
    "returns",
    "late_sales",
    "held_sales",
    "quarantine_customers",
    "quarantine_products",
    "quarantine_stores",
    "quarantine_sales",
    "facts",
    "windows",
    "bronze_customers",
    "bronze_products",
    "bronze_stores",
    "bronze_sales",
    "experiments",
    "fact_sales",
    "demand_features",
]
RETAIL_TABLES: dict[Role, str] = {
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
    "bronze_customers": "bronze.customers",
    "bronze_products": "bronze.products",
    "bronze_stores": "bronze.stores",
    "bronze_sales": "bronze.sales",
}
"""What the retail template calls them."""
BOOKSTORE_TABLES: dict[Role, str] = {
    "experiments": "experiments.ab_test_lift_analysis",
    "fact_sales": "analytics.fact_sales",
    "demand_features": "ml_features.demand_forecasting_features",
}
"""What the bookstore template calls them."""
DEFAULT_TABLES: dict[Role, str] = {**RETAIL_TABLES, **BOOKSTORE_TABLES}

TableName = Annotated[str, Field(pattern=r"^[^.\"]+\.[^.\"]+$")]
ColumnName = Annotated[str, Field(min_length=1)]


class ScoreSettings(Section):
    """Tables, columns and rule names of a warehouse that `sbdk score` grades, where they are not the template's."""

    tables: dict[Role, TableName | None] = Field(
        default={},
        description="Where each role is, {role: schema.table}; null: there is none. Default: the template's.",
    )
    columns: dict[Role, dict[str, ColumnName]] = Field(
        default={}, description="Columns with other names, {role: {column: its name there}}."
    )
    rules: dict[str, Defect] = Field(
        default={}, description="The defect that a rule of the quarantine tables stands for, {rule: defect}."
    )
