"""What the four retail streams are made of, as far as grading must know."""

from __future__ import annotations

from dataclasses import dataclass

BUCKETS = ("loaded", "quarantined", "duplicate", "late", "held")
"""Where a received record may end; each in exactly one."""


@dataclass(frozen=True)
class GradedStream:
    """key: the column that names the entity. A record of a dimension is a version: its key and its time."""

    name: str
    key: str
    time: str | None = None

    @property
    def is_dimension(self) -> bool:
        return self.time is not None


CUSTOMERS = GradedStream("customers", "customer_id", "valid_from")
PRODUCTS = GradedStream("products", "product_id", "valid_from")
STORES = GradedStream("stores", "store_id", "valid_from")
SALES = GradedStream("sales", "transaction_id")
DIMENSIONS = (CUSTOMERS, PRODUCTS, STORES)
STREAMS = (*DIMENSIONS, SALES)
NO_TIME = "timestamp '1970-01-01'"
"""Stands for the time of a sale, which its key alone identifies."""
