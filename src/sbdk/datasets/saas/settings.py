"""Settings of the SaaS data set: volumes, and the values that its columns choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sbdk.spec.config_sections import MOST_ROWS, Rows, Section
from sbdk.spec.data_sets import DatasetEntry
from sbdk.synth.columns import dictionary, dictionary_type

MONEY = pa.decimal128(12, 2)


class Category:
    """A column of few values: codes in, a dictionary array out."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = pa.array(values, pa.string())
        self.type = dictionary_type(len(values))

    def column(self, codes: NDArray[Any]) -> pa.DictionaryArray:
        return dictionary(codes, self.values)


def key_field(name: str) -> pa.Field:
    return pa.field(name, pa.int64(), nullable=False)


DEFAULT_USERS = 10_000
DEFAULT_EVENTS = 50_000
DEFAULT_ORDERS = 20_000
PerUser = Annotated[float, Field(ge=0, le=1e9)]


class SaasVolumes(Section):
    """Rows at the anchor, absolute or per user."""

    users: int = Field(default=DEFAULT_USERS, ge=1, le=MOST_ROWS, description="Users there are at end_date.")
    events: Rows | None = Field(
        default=None, description=f"Events before end_date; {DEFAULT_EVENTS} if events_per_user is absent too."
    )
    orders: Rows | None = Field(
        default=None, description=f"Orders before end_date; {DEFAULT_ORDERS} if orders_per_user is absent too."
    )
    events_per_user: PerUser | None = Field(default=None, description="Events per user, in place of events.")
    orders_per_user: PerUser | None = Field(default=None, description="Orders per user, in place of orders.")

    @model_validator(mode="after")
    def _one_way_each(self) -> SaasVolumes:
        for table in ("events", "orders"):
            if getattr(self, table) is not None and getattr(self, f"{table}_per_user") is not None:
                raise ValueError(f"give {table} or {table}_per_user, not both")
        return self


def volumes(asked: SaasVolumes, scale: float) -> dict[str, int]:
    """Rows by short name, scaled; at least one user."""
    return {
        "users": max(1, round(asked.users * scale)),
        "events": _count(asked.events, asked.events_per_user, DEFAULT_EVENTS, asked.users, scale),
        "orders": _count(asked.orders, asked.orders_per_user, DEFAULT_ORDERS, asked.users, scale),
    }


def _count(rows: int | None, per_user: float | None, default: int, users: int, scale: float) -> int:
    if per_user is not None:
        return round(users * per_user * scale)
    return round((default if rows is None else rows) * scale)


RULES_VERSION = 2
"""Raised whenever the same settings would give other cells."""
ENTRY = DatasetEntry(
    opens="sbdk.datasets.saas.dataset:SaasDataset",
    volume_keys=SaasVolumes,
    volumes=volumes,
    tables={name: f"raw_{name}" for name in ("users", "events", "orders")},
    rivals=(("events", "events_per_user"), ("orders", "orders_per_user")),
    is_default=True,
    version=RULES_VERSION,
)
