"""What becomes of landing files, one record after another, in plain Python: the oracle of the retail template's tests.

Written from the description of the domain, not from the models: no SQL, no window, no join.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Record = dict[str, Any]
MONEY, WHOLE, BIG, TEXT, TIME = "money", "whole", "big", "text", "time"
DIMENSIONS = {"stores": "store_id", "customers": "customer_id", "products": "product_id"}
COLUMNS = {
    "sales": {
        "transaction_id": BIG, "store_id": BIG, "customer_id": BIG, "product_id": BIG, "event_time": TIME,
        "quantity": WHOLE, "unit_price": MONEY, "total_amount": MONEY, "payment_method": TEXT,
        "discount_applied": MONEY, "tax_amount": MONEY,
    },
    "customers": {
        "customer_id": BIG, "name": TEXT, "email": TEXT, "address": TEXT, "join_date": TIME, "loyalty_points": WHOLE,
        "phone_number": TEXT, "age": WHOLE, "gender": TEXT, "last_update_time": TIME,
    },
    "products": {
        "product_id": BIG, "name": TEXT, "category": TEXT, "brand": TEXT, "price": MONEY, "stock_quantity": WHOLE,
        "size": TEXT, "color": TEXT, "description": TEXT, "last_update_time": TIME,
    },
    "stores": {
        "store_id": BIG, "name": TEXT, "address": TEXT, "manager": TEXT, "open_date": TIME, "status": TEXT,
        "phone_number": TEXT, "last_update_time": TIME,
    },
}  # fmt: skip
NULLABLE = {"email", "manager"}


class Malformed(ValueError):
    """A line that is no record of its stream."""


def parse(stream: str, line: bytes) -> Record:
    """The typed record; Malformed if a cell is missing or not of its type. A number may come as text."""
    if b"\0" in line or len(line) > 1 << 20:
        raise Malformed
    try:
        record = json.loads(line.decode(), object_pairs_hook=_once, parse_float=Decimal, parse_constant=str)
    except ValueError as error:
        raise Malformed from error
    if not isinstance(record, dict):
        raise Malformed
    return {name: _cell(record, name, kind) for name, kind in COLUMNS[stream].items()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Malformed
    return dict(pairs)


def _cell(record: dict[str, Any], name: str, kind: str) -> Any:
    if name not in record or (record[name] is None and name not in NULLABLE):
        raise Malformed
    value = record[name]
    if value is None:
        return None
    if kind in (TEXT, TIME) and not isinstance(value, str):
        raise Malformed
    if kind == TEXT:
        return value
    try:
        return _time(value) if kind == TIME else _number(value, kind)
    except (ValueError, InvalidOperation) as error:
        raise Malformed from error


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if not datetime(2000, 1, 1) <= time <= datetime(2100, 1, 1):
        raise Malformed
    return time


def _number(value: Any, kind: str) -> Any:
    number = Decimal(value)
    if kind == MONEY:
        if abs(number) >= 10**10 or number != round(number, 2):
            raise Malformed
        return number
    most = 2**31 if kind == WHOLE else 2**63
    if number != int(number) or not -most <= number < most:
        raise Malformed
    return int(number)


@dataclass
class Fold:
    """The state after some lines. buckets: by stream, what each record became, in order."""

    buckets: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, dict[int, dict[datetime, Record]]] = field(
        default_factory=lambda: {name: defaultdict(dict) for name in DIMENSIONS}
    )
    sales: list[tuple[int, Record]] = field(default_factory=list)

    def dimension(self, stream: str, lines: Iterable[bytes]) -> None:
        """Versions by key and last_update_time. No two of these records share both and differ."""
        for line in lines:
            try:
                record = parse(stream, line)
            except Malformed:
                self.buckets[stream].append("quarantined")
                continue
            of_key = self.versions[stream][record[DIMENSIONS[stream]]]
            again = record["last_update_time"] in of_key
            self.buckets[stream].append("duplicate" if again else "loaded")
            for name in NULLABLE & set(record):
                record[name] = record[name] or "Unknown"
            of_key[record["last_update_time"]] = record

    def facts(self, lines: Iterable[bytes]) -> None:
        """Sales, after the dimensions: what is held is held now."""
        seen: set[int] = set()
        highest = datetime.min + timedelta(days=1)
        for number, line in enumerate(lines):
            try:
                record = parse("sales", line)
            except Malformed:
                self.buckets["sales"].append("quarantined")
                continue
            late = record["event_time"] < highest - timedelta(minutes=10)
            highest = max(highest, record["event_time"])
            self.buckets["sales"].append(self._bucket(record, late, seen))
            if self.buckets["sales"][-1] == "loaded":
                self.sales.append((number, record))

    def _bucket(self, record: Record, late: bool, seen: set[int]) -> str:
        if record["discount_applied"] < 0 or record["quantity"] == 0:
            return "quarantined"
        if record["transaction_id"] in seen:
            return "duplicate"
        seen.add(record["transaction_id"])
        if late:
            return "late"
        known = all(self.valid(stream, record) is not None for stream in DIMENSIONS)
        return "loaded" if known else "held"

    def valid(self, stream: str, sale: Record) -> Record | None:
        """The version of a dimension that was valid when a sale happened."""
        of_key = self.versions[stream].get(sale[DIMENSIONS[stream]], {})
        times = sorted(of_key)
        place = bisect_right(times, sale["event_time"])
        return of_key[times[place - 1]] if place else None

    def history(self, stream: str) -> set[tuple[Any, ...]]:
        """SCD type 2: each version's cells, valid_from, valid_to."""
        found = set()
        for of_key in self.versions[stream].values():
            times = sorted(of_key)
            for begins, ends in zip(times, [*times[1:], None], strict=True):
                found.add((*of_key[begins].values(), begins, ends))
        return found

    def windows(self) -> dict[tuple[int, datetime], tuple[int, int, Decimal, int, int, Decimal]]:
        """By store and start of ten minutes: sales, pieces, money; returns, pieces, money."""
        found: dict[tuple[int, datetime], list[Any]] = defaultdict(lambda: [0, 0, Decimal(0), 0, 0, Decimal(0)])
        for _, sale in self.sales:
            time = sale["event_time"]
            start = time.replace(minute=time.minute // 10 * 10, second=0, microsecond=0)
            sums, back = found[sale["store_id"], start], sale["quantity"] < 0
            place, sign = (3, -1) if back else (0, 1)
            sums[place] += 1
            sums[place + 1] += sign * sale["quantity"]
            sums[place + 2] += sign * sale["total_amount"]
        return {key: tuple(sums) for key, sums in found.items()}  # type: ignore[misc]
