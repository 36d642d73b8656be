"""What a pipeline is to make of loaded sales and histories, one record after another in plain Python: no SQL, no join.

Written from docs/retail.md and the descriptions in the template's YAML files, not from the grader.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
Version = tuple[Record, datetime, datetime | None]
FACT_COLUMNS = {
    "store": ("name", "address", "manager", "status"),
    "customer": ("name", "email", "address", "loyalty_points", "age", "gender", "join_date"),
    "product": ("name", "category", "brand", "price", "size", "color"),
}
PRODUCT = ("name", "category", "brand", "price", "stock_quantity")
SUMS = (
    "sales", "quantity", "sales_amount", "returns", "returned_quantity", "returned_amount", "net_amount"
)  # fmt: skip


class Histories:
    """The versions of the three dimensions, by key."""

    def __init__(self, scd2: dict[str, list[Version]]) -> None:
        self._versions: dict[str, dict[int, list[Version]]] = {}
        for name in FACT_COLUMNS:
            of_key = self._versions[name] = defaultdict(list)
            for version in scd2[f"{name}s"]:
                of_key[version[0][f"{name}_id"]].append(version)

    def at(self, name: str, key: int, time: datetime) -> Version | None:
        """The version that is valid then."""
        versions = self._versions[name].get(key, [])
        place = bisect_right([begin for _, begin, _ in versions], time)
        return versions[place - 1] if place else None

    def current(self, name: str) -> list[Record]:
        return [versions[-1][0] for versions in self._versions[name].values()]


def matched(histories: Histories, sale: Record) -> Record:
    """The sale with its fact columns and the three versions; null where a dimension has none."""
    row = {**sale, "is_return": sale["quantity"] < 0}
    for name, columns in FACT_COLUMNS.items():
        version = histories.at(name, sale[f"{name}_id"], sale["event_time"])
        row[f"{name}_version"] = version[1] if version else None
        row.update({f"{name}_{column}": version[0][column] if version else None for column in columns})
    return row


def waits_for(row: Record) -> str:
    return ", ".join(name for name in FACT_COLUMNS if row[f"{name}_version"] is None)


def returned(row: Record) -> Record:
    """A return, as positive numbers."""
    rest = {name: cell for name, cell in row.items() if name not in ("quantity", "total_amount", "tax_amount")}
    return {
        **rest,
        "returned_quantity": -row["quantity"],
        "returned_amount": -row["total_amount"],
        "returned_tax": -row["tax_amount"],
    }


def _sums(rows: Iterable[Record]) -> Record:
    sums: Record = dict.fromkeys(SUMS, 0)
    for name in ("sales_amount", "returned_amount", "net_amount"):
        sums[name] = Decimal("0.00")
    for row in rows:
        count, pieces, amount = SUMS[3:6] if row["quantity"] < 0 else SUMS[:3]
        sums[count] += 1
        sums[pieces] += abs(row["quantity"])
        sums[amount] += abs(row["total_amount"])
        sums["net_amount"] += row["total_amount"]
    return sums


def _grouped(rows: Iterable[Record], key: Any) -> dict[Any, list[Record]]:
    groups: dict[Any, list[Record]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def windows(facts: list[Record]) -> list[Record]:
    """Per store and ten minutes, [start, end)."""

    def start(row: Record) -> datetime:
        time: datetime = row["event_time"]
        return time.replace(minute=time.minute // 10 * 10, second=0, microsecond=0)

    groups = _grouped(facts, lambda row: (row["store_id"], start(row)))
    return [
        {"store_id": store, "window_start": begin, "window_end": begin + timedelta(minutes=10), **_sums(rows)}
        for (store, begin), rows in groups.items()
    ]


def daily(facts: list[Record]) -> list[Record]:
    """Per store and UTC day."""
    groups = _grouped(facts, lambda row: (row["store_id"], row["event_time"].date()))
    return [
        {
            "store_id": store,
            "day": day,
            **_sums(rows),
            "customers": len({row["customer_id"] for row in rows}),
            "tax_amount": sum((row["tax_amount"] for row in rows), Decimal(0)),
            "discount_amount": sum((row["discount_applied"] for row in rows if row["quantity"] >= 0), Decimal(0)),
        }
        for (store, day), rows in groups.items()
    ]


def products(facts: list[Record], histories: Histories) -> list[Record]:
    """Every product, under its name now."""
    groups, made = _grouped(facts, lambda row: row["product_id"]), []
    for product in histories.current("product"):
        rows = groups.get(product["product_id"], [])
        sums = _sums(rows)
        made.append(
            {
                **{
                    name: product[name]
                    for name in ("product_id", "name", "category", "brand", "price", "stock_quantity")
                },
                **sums,
                "stores": len({row["store_id"] for row in rows}),
                "last_sold_at": max((row["event_time"] for row in rows), default=None),
                "return_rate": sums["returned_quantity"] / sums["quantity"] if sums["quantity"] else None,
            }
        )
    return made


def customers(facts: list[Record], histories: Histories) -> list[Record]:
    """Every customer, with what they bought."""
    groups, made = _grouped(facts, lambda row: row["customer_id"]), []
    for customer in histories.current("customer"):
        rows = groups.get(customer["customer_id"], [])
        sums = _sums(rows)
        times = [row["event_time"] for row in rows]
        made.append(
            {
                **{name: customer[name] for name in ("customer_id", "name", "email", "join_date", "loyalty_points")},
                **{name: sums[name] for name in ("sales", "quantity", "sales_amount", "returns", "returned_amount")},
                "lifetime_value": sums["net_amount"],
                "first_purchase_at": min(times, default=None),
                "last_purchase_at": max(times, default=None),
                "average_sale": float(sums["sales_amount"] / sums["sales"]) if sums["sales"] else None,
            }
        )
    return made
