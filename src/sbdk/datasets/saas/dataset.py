"""The saas data set: three tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from threading import RLock
from typing import Protocol

import pyarrow as pa

from sbdk.core.errors import ConfigError
from sbdk.datasets.base import Dataset
from sbdk.datasets.saas.distributions import (
    EVENT_WEIGHTS,
    ORDER_WEIGHTS,
    SESSION_WEIGHTS,
    TABLES_VERSION,
    USER_WEIGHTS,
    Weights,
    resolve,
)
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.event_table import EventTable
from sbdk.datasets.saas.events import Events
from sbdk.datasets.saas.order_table import OrderPlan, OrderTable
from sbdk.datasets.saas.orders import Orders
from sbdk.datasets.saas.purchase_histories import Buyers, HistoryMaker
from sbdk.datasets.saas.sessions import Sessions
from sbdk.datasets.saas.settings import RULES_VERSION
from sbdk.datasets.saas.users import UserNames, Users, UserTable, microseconds
from sbdk.spec.world import WorldSettings
from sbdk.synth.batches import Make, spare_cores
from sbdk.synth.columns import apportion
from sbdk.synth.table import CellTable, ForeignKey, Tables
from sbdk.synth.vocab import NAMES_VERSION


def fingerprint(table: str, settings: WorldSettings, volumes: dict[str, int], weights: Weights) -> str:
    """Hex; a hash of everything that a cell of `table` at a given row depends on. It does not depend on the clock."""
    parts: list[object] = ["saas", RULES_VERSION, TABLES_VERSION, table, settings.seed]
    parts += [settings.start.isoformat(), settings.anchor.isoformat(), volumes["users"]]
    parts += _slots(weights, USER_WEIGHTS)
    if table == "raw_users":
        parts += [NAMES_VERSION, settings.locale]
    else:
        parts += [volumes["events"], *_slots(weights, EVENT_WEIGHTS)]
    if table == "raw_events":
        parts += _slots(weights, SESSION_WEIGHTS)
    if table == "raw_orders":
        parts += [volumes["orders"], *_slots(weights, ORDER_WEIGHTS)]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _slots(weights: Weights, names: Iterable[str]) -> list[object]:
    return [[name, apportion(list(weights[name].values()), 2**32).tolist()] for name in names]


_TIME_COLUMNS = {"raw_users": "created_at", "raw_events": "timestamp", "raw_orders": "order_timestamp"}
_KEYS = {"raw_users": "user_id", "raw_events": "event_id", "raw_orders": "order_id"}
_LIMITS = {"users": (1, 2_000_000_000), "events": (0, 7_000_000_000), "orders": (0, 2_000_000_000)}
"""Fewest and most rows; up to the most, no product of 64-bit words overflows."""
_TO_USER = (ForeignKey("user_id", "raw_users", "user_id"),)


class RowSource(Protocol):
    """Counts and makes the rows of one table; clocks are microseconds since 1970.

    preferred_batch: rows that are made fastest at a time. prepare: called first, with the number of rows to be made.
    """

    schema: pa.Schema
    preferred_batch: int

    def count(self, clock: int) -> int: ...

    def prepare(self, rows: int) -> None: ...

    def rows(self, start: int, stop: int, clock: int) -> pa.RecordBatch: ...


class SaasTable(CellTable):
    """A table of `volume` rows at the anchor. The row source is created on first use of a row or the schema."""

    def __init__(
        self, name: str, anchor: datetime, volume: int, plan: Callable[[], RowSource], fingerprint_of: Callable[[], str]
    ) -> None:
        foreign_keys = () if name == "raw_users" else _TO_USER
        super().__init__(name, anchor, key=(_KEYS[name],), foreign_keys=foreign_keys, time_column=_TIME_COLUMNS[name])
        self._volume, self._open_rows, self._fingerprint_of, self._lock = volume, plan, fingerprint_of, RLock()

    @property
    def rows(self) -> RowSource:
        """Created at the first call."""
        with self._lock:
            return self._row_source

    @cached_property
    def _row_source(self) -> RowSource:
        return self._open_rows()

    @property
    def schema(self) -> pa.Schema:
        return self.rows.schema

    @cached_property
    def fingerprint(self) -> str:
        return self._fingerprint_of()

    def count(self, clock: datetime | None = None) -> int:
        """RowSource with a time before the clock (default: the anchor, where it is the volume)."""
        if self._volume == 0 or clock is None or clock == self.anchor:
            return self._volume
        return self.rows.count(microseconds(clock))

    def span(self, start: int, stop: int | None, clock: datetime | None) -> tuple[int, int]:
        """The requested rows, as far as they lie before the clock."""
        rows = self.count(clock)
        return max(start, 0), rows if stop is None else min(stop, rows)

    def maker(self, rows: int, clock: datetime | None) -> Make:
        clock_micros = microseconds(self.anchor if clock is None else clock)
        source = self.rows
        source.prepare(rows)
        return lambda start, stop: source.rows(start, stop, clock_micros)

    @property
    def chunk(self) -> int:
        return self.rows.preferred_batch

    def threads(self) -> int:
        """All cores but one."""
        return spare_cores()


class SaasDataset(Dataset):
    """Users, events and orders as pure cells. Cheap to open: plans are built on the first use of a table."""

    name = "saas"

    def __init__(self, settings: WorldSettings, *, compiled: bool | None = None) -> None:
        """Raises ConfigError for volumes, times, a locale or distributions that are not valid.

        `compiled`: make events by machine code (extra "fast"; MissingExtra without it) or by NumPy; by default the
        volume fingerprint_of. The bytes are the same.
        """
        _check(settings)
        self.settings, self.anchor = settings, settings.anchor
        self._compiled = compiled
        self._lock = RLock()
        self._anchor = microseconds(settings.anchor)
        self._weights = resolve(settings.distributions)
        self._volumes = {name: settings.volumes.get(name, 0) for name in _LIMITS}
        users = self._volumes["users"]
        self._users = Users(settings.seed, settings.start, settings.anchor, users, self._weights)
        self._names = UserNames(settings.seed, settings.locale)
        self.tables = Tables(
            [
                self._table("raw_users", lambda: UserTable(self._users, self._names)),
                self._table("raw_events", lambda: EventTable(self.event_plan, self._compiled)),
                self._table("raw_orders", self._orders),
            ]
        )

    def _table(self, name: str, plan: Callable[[], RowSource]) -> SaasTable:
        volume = self._volumes[name.removeprefix("raw_")]
        return SaasTable(
            name, self.anchor, volume, plan, lambda: fingerprint(name, self.settings, self._volumes, self._weights)
        )

    @property
    def event_plan(self) -> EventPlan:
        """Built at the first call, and shared by events and orders."""
        with self._lock:
            return self._event_plan

    @cached_property
    def _event_plan(self) -> EventPlan:
        settings = self.settings
        sessions = Sessions(settings.seed, self._users, self._weights)
        events = Events(settings.seed, self._weights)
        return EventPlan(sessions, events, self._anchor, self._volumes["events"])

    def _orders(self) -> OrderTable:
        settings = self.settings
        orders = Orders(settings.seed, self._weights)
        buyers = Buyers(self._users, self.event_plan, self._anchor)
        maker = HistoryMaker(settings.seed, self._users, orders)
        return OrderTable(OrderPlan(maker, buyers, self._anchor, self._volumes["orders"]))


def _check(settings: WorldSettings) -> None:
    for name, (least, most) in _LIMITS.items():
        volume = settings.volumes.get(name, 0)
        if not least <= volume <= most:
            raise ConfigError(f"data_volume.{name}: {volume:,} is not from {least} to {most:,}")
    midnight = datetime.min.time()
    if settings.start.time() != midnight or settings.anchor.time() != midnight:
        raise ConfigError("start_date, end_date: both must be midnights")
    if settings.anchor <= settings.start:
        raise ConfigError("end_date: not after start_date")
