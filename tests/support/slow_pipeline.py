"""A pipeline for the retail streams as one would write it by hand, record by record, from retail.md alone.

It knows nothing of how records are made: it reads the lines of the four streams, and its contract is in this file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
KEY = {"stores": "store_id", "customers": "customer_id", "products": "product_id", "sales": "transaction_id"}
INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)
_FIELDS = {
    "stores": "store_id:INT64 name address manager open_date:TIME status phone_number last_update_time:TIME",
    "customers": "customer_id:INT64 name email address join_date:TIME loyalty_points:INT32 "
    "phone_number age:INT32 gender last_update_time:TIME",
    "products": "product_id:INT64 name category brand price:MONEY stock_quantity:INT32 size color description "
    "last_update_time:TIME",
    "sales": "transaction_id:INT64 store_id:INT64 customer_id:INT64 product_id:INT64 event_time:TIME quantity:INT32 "
    "unit_price:MONEY total_amount:MONEY payment_method discount_applied:MONEY tax_amount:MONEY",
}
_KINDS = {"INT64": INT64, "INT32": INT32, "TIME": datetime, "MONEY": Decimal, "": str}
TYPES = {
    table: {name: _KINDS[kind] for name, _, kind in (part.partition(":") for part in fields.split())}
    for table, fields in _FIELDS.items()
}
OPTIONAL = {"email", "manager"}


def typed(table: str, line: str) -> Record | None:
    """The record, or None if it breaks the contract."""
    try:
        raw = json.loads(line, parse_float=Decimal)
    except ValueError:
        return None
    if set(raw) != set(TYPES[table]):
        return None
    record = {name: _value(raw[name], kind) for name, kind in TYPES[table].items()}
    return None if any(v is None and name not in OPTIONAL for name, v in record.items()) else record


def _value(value: Any, kind: Any) -> Any:
    if kind is str:
        return value if isinstance(value, str) else None
    if kind is datetime:
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return None
    if isinstance(kind, range):
        return value if isinstance(value, int) and value in kind else None
    return value if isinstance(value, Decimal) and abs(value) < 10**10 else None


@dataclass
class Result:
    bucket: dict[str, list[str]] = field(default_factory=dict)
    scd2: dict[str, list[tuple[Record, datetime, datetime | None]]] = field(default_factory=dict)
    windows: dict[tuple[int, datetime], list[Any]] = field(default_factory=dict)


def run(lines: dict[str, list[str]]) -> Result:
    result, known = Result(), {}
    for table in ("stores", "customers", "products"):
        known[KEY[table]] = _dimension(table, lines[table], result)
    _sales(lines["sales"], known, result)
    return result


def _dimension(table: str, lines: list[str], result: Result) -> set[int]:
    seen, versions, buckets = set(), defaultdict(list), []
    for line in lines:
        record = typed(table, line)
        if record is None:
            buckets.append("quarantined")
        elif line in seen:
            buckets.append("duplicate")
        else:
            seen.add(line)
            buckets.append("loaded")
            versions[record[KEY[table]]].append({k: "Unknown" if v is None else v for k, v in record.items()})
    history = []
    for key in sorted(versions):
        ordered = sorted(versions[key], key=lambda version: version["last_update_time"])
        ends = [version["last_update_time"] for version in ordered[1:]] + [None]
        history += [(v, v["last_update_time"], end) for v, end in zip(ordered, ends, strict=True)]
    result.bucket[table], result.scd2[table] = buckets, history
    return set(versions)


def _sales(lines: list[str], known: dict[str, set[int]], result: Result) -> None:
    seen, highest, buckets = set(), datetime.min, []
    for line in lines:
        sale = typed("sales", line)
        bucket = _bucket(sale, seen, highest, known)
        buckets.append(bucket)
        if sale is not None:
            seen.add(sale["transaction_id"])
            highest = max(highest, sale["event_time"])
            if bucket == "loaded":
                _count(sale, result.windows)
    result.bucket["sales"] = buckets


def _bucket(sale: Record | None, seen: set[int], highest: datetime, known: dict[str, set[int]]) -> str:
    if sale is None or sale["discount_applied"] < 0:
        return "quarantined"
    if sale["transaction_id"] in seen:
        return "duplicate"
    if highest > datetime.min and sale["event_time"] < highest - timedelta(minutes=10):
        return "late"
    return "loaded" if all(sale[column] in keys for column, keys in known.items()) else "held"


def _count(sale: Record, windows: dict[tuple[int, datetime], list[Any]]) -> None:
    time = sale["event_time"]
    begin = time.replace(minute=time.minute // 10 * 10, second=0, microsecond=0)
    found = windows.setdefault((sale["store_id"], begin), [0, 0, Decimal(0), 0, 0, Decimal(0)])
    offset, sign = (3, -1) if sale["quantity"] < 0 else (0, 1)
    found[offset] += 1
    found[offset + 1] += sign * sale["quantity"]
    found[offset + 2] += sign * sale["total_amount"]
