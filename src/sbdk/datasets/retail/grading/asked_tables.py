"""The tables that a pipeline is asked to produce: key, columns with their kind, and how many points each is worth.

`docs/grade-your-pipeline.md` lists the same; `tests/docs` compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["whole", "money", "text", "time", "until", "flag", "cent", "ratio", "file", "record", "rule", "reason"]
"""How cells are compared. until: a time; null and the year 9999 are equal. cent, ratio: a quotient, to 2 or 4 decimals.
file: the last part of a path. record: the line, without spaces around it. rule: a defect that the record has; reason: a
text that contains a word. Of file, record and reason, a right cell that is null is not compared."""


@dataclass(frozen=True)
class AskedColumn:
    """optional: graded where the table has it; its absence is no fault and covers nothing less."""

    name: str
    kind: Kind
    optional: bool = False


@dataclass(frozen=True)
class AskedTable:
    """One role. key: identifies a row. columns: all others. worth: points of the whole table; column_worth: of a column
    that is wrong in every row."""

    role: str
    key: tuple[AskedColumn, ...]
    columns: tuple[AskedColumn, ...]
    worth: float
    column_worth: float = 5.0

    @property
    def all_columns(self) -> tuple[AskedColumn, ...]:
        return (*self.key, *self.columns)


def _columns(words: str) -> tuple[AskedColumn, ...]:
    """`name:kind`, with a question mark if it is optional."""
    return tuple(_column(word.rstrip("?"), optional=word.endswith("?")) for word in words.split())


def _column(word: str, *, optional: bool) -> AskedColumn:
    name, kind = word.split(":")
    return AskedColumn(name, cast("Kind", kind), optional)


def _asked(role: str, key: str, columns: str, worth: float, column_worth: float = 5.0) -> AskedTable:
    return AskedTable(role, _columns(key), _columns(columns), worth, column_worth)


_CUSTOMER = (
    "name:text email:text address:text join_date:time loyalty_points:whole phone_number:text age:whole gender:text "
    "last_update_time:time"
)
_PRODUCT = (
    "name:text category:text brand:text price:money stock_quantity:whole size:text color:text description:text "
    "last_update_time:time"
)
_STORE = "name:text address:text manager:text open_date:time status:text phone_number:text last_update_time:time"
_IDS = "store_id:whole customer_id:whole product_id:whole event_time:time"
_MONEY = (
    "quantity:whole unit_price:money total_amount:money payment_method:text discount_applied:money tax_amount:money"
)
_RETURNED = (
    "returned_quantity:whole unit_price:money returned_amount:money payment_method:text discount_applied:money "
    "returned_tax:money"
)
_VERSIONS = "store_version:time customer_version:time product_version:time"
_LINEAGE = "source_file:file? source_position:whole?"
_OF_DIMENSIONS = (
    "store_name:text store_address:text store_manager:text store_status:text customer_name:text customer_email:text "
    "customer_address:text customer_loyalty_points:whole customer_age:whole customer_gender:text "
    "customer_join_date:time product_name:text product_category:text product_brand:text product_price:money "
    "product_size:text product_color:text"
)
_SUMS = "sales:whole quantity:whole sales_amount:money returns:whole returned_quantity:whole returned_amount:money"
_HISTORY = "valid_from:time"
MAIN, HISTORY, SMALL = 20.0, 20.0, 8.0
HISTORY_COLUMN = 12.0

ASKED = (
    _asked("customers", f"customer_id:whole {_HISTORY}", f"{_CUSTOMER} valid_to:until", HISTORY, HISTORY_COLUMN),
    _asked("products", f"product_id:whole {_HISTORY}", f"{_PRODUCT} valid_to:until", HISTORY, HISTORY_COLUMN),
    _asked("stores", f"store_id:whole {_HISTORY}", f"{_STORE} valid_to:until", HISTORY, HISTORY_COLUMN),
    _asked("customers_current", "customer_id:whole", f"{_CUSTOMER} valid_from:time?", SMALL),
    _asked("products_current", "product_id:whole", f"{_PRODUCT} valid_from:time?", SMALL),
    _asked("stores_current", "store_id:whole", f"{_STORE} valid_from:time?", SMALL),
    _asked("sales", "transaction_id:whole", f"{_IDS} {_MONEY} {_VERSIONS} {_LINEAGE}", MAIN),
    _asked("returns", "transaction_id:whole", f"{_IDS} {_RETURNED} {_VERSIONS} {_LINEAGE}", 12.0),
    _asked("late_sales", "transaction_id:whole", f"{_IDS} {_MONEY} {_LINEAGE} watermark:time", SMALL),
    _asked("held_sales", "transaction_id:whole", f"{_IDS} {_MONEY} {_LINEAGE} waits_for:text", SMALL),
    _asked("facts", "transaction_id:whole", f"{_IDS} is_return:flag {_MONEY} {_OF_DIMENSIONS} {_VERSIONS}", MAIN),
    _asked(
        "daily_sales",
        "store_id:whole day:time",
        f"{_SUMS} net_amount:money customers:whole tax_amount:money discount_amount:money",
        MAIN,
    ),
    _asked("windows", "store_id:whole window_start:time", f"window_end:time {_SUMS} net_amount:money", MAIN),
    _asked(
        "product_performance",
        "product_id:whole",
        f"name:text category:text brand:text price:money stock_quantity:whole {_SUMS} net_amount:money stores:whole "
        "last_sold_at:time return_rate:ratio",
        MAIN,
    ),
    _asked(
        "customer_lifetime_value",
        "customer_id:whole",
        "name:text email:text join_date:time loyalty_points:whole sales:whole quantity:whole sales_amount:money "
        "returns:whole returned_amount:money lifetime_value:money first_purchase_at:time last_purchase_at:time "
        "average_sale:cent",
        MAIN,
    ),
    *(
        _asked(
            f"quarantine_{stream}",
            "source_position:whole",
            "raw_record:record rule:rule reason:reason source_file:file?",
            SMALL,
        )
        for stream in ("customers", "products", "stores", "sales")
    ),
)
"""Every graded table, histories first, since later tables follow from earlier ones."""
BY_ROLE = {table.role: table for table in ASKED}
