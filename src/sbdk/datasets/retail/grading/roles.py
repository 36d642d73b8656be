"""The four streams and the tables of a warehouse that are graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sbdk.datasets.retail.settings import ROLES
from sbdk.score.session import GradedTables


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


class RetailTables(GradedTables):
    """Roles whose name begins with bronze are not graded: what was received is known from the landing folder."""

    roles: ClassVar[Mapping[str, str]] = ROLES

    def is_graded(self, role: str) -> bool:
        return not role.startswith("bronze")

    def is_asked(self, role: str) -> bool:
        """Is the role graded: by its table, or as a fault because there is none?"""
        return self.has(role) or self.is_missing(role)

    def identity(self, role: str, stream: GradedStream) -> str:
        """SQL of the two columns `key` and `time` that identify the record of a row."""
        time = f"try_cast({self.require_column(role, stream.time)} as timestamp)" if stream.time else NO_TIME
        return f"try_cast({self.require_column(role, stream.key)} as bigint) as key, {time} as time"

    @property
    def rules(self) -> dict[str, str]:
        """Rule of a quarantine table → defect, as configured."""
        return self._settings.rules
