"""The saas world: three tables behind the `World` interface."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import Protocol

import pyarrow as pa

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.buyers import Buyers
from sbdk.datasets.saas.chunks import spare_cores
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.event_table import EventTable
from sbdk.datasets.saas.events import Events
from sbdk.datasets.saas.fingerprints import fingerprint
from sbdk.datasets.saas.order_plan import OrderPlan
from sbdk.datasets.saas.order_table import OrderTable
from sbdk.datasets.saas.orders import Orders
from sbdk.datasets.saas.people import People
from sbdk.datasets.saas.sessions import Sessions
from sbdk.datasets.saas.purchase_histories import StoryMaker
from sbdk.datasets.saas.user_table import UserTable
from sbdk.datasets.saas.users import Users, microseconds
from sbdk.datasets.saas.weights import resolve
from sbdk.synth.batches import in_batches
from sbdk.synth.table import ForeignKey

_TIME_COLUMNS = {"raw_users": "created_at", "raw_events": "timestamp", "raw_orders": "order_timestamp"}
_KEYS = {"raw_users": "user_id", "raw_events": "event_id", "raw_orders": "order_id"}
_LIMITS = {"users": (1, 2_000_000_000), "events": (0, 7_000_000_000), "orders": (0, 2_000_000_000)}
"""Up to here no product of 64-bit words overflows."""
_TO_USER = (ForeignKey("user_id", "raw_users", "user_id"),)


class Table(Protocol):
    """One table: how many rows before a clock (microseconds since 1970), and any range of them.

    `at_once` is how many rows are best made at a time; `prepare` is told beforehand how many will be asked for.
    """

    schema: pa.Schema
    at_once: int

    def count(self, clock: int) -> int: ...

    def prepare(self, rows: int) -> None: ...

    def rows(self, start: int, stop: int, clock: int) -> pa.RecordBatch: ...


class SaasWorld:
    """Users, events and orders as pure cells. Cheap to make: plans are built when a table first needs them."""

    tables = ("raw_users", "raw_events", "raw_orders")

    def __init__(self, settings: WorldSettings, *, compiled: bool | None = None) -> None:
        """Raises ConfigError for volumes, times, locale or distributions that no world can be made of.

        `compiled`: make events by machine code (extra "fast"; MissingExtra without it) or by NumPy; by default the
        volume decides. The bytes are the same.
        """
        _check(settings)
        self.settings = settings
        self._compiled = compiled
        self._lock = RLock()
        self._anchor = microseconds(settings.anchor)
        self._weights = resolve(settings.distributions)
        self._volumes = {name: settings.volumes.get(name, 0) for name in _LIMITS}
        users = self._volumes["users"]
        self._users = Users(settings.seed, settings.start, settings.anchor, users, self._weights)
        self._people = People(settings.seed, settings.locale)

    @property
    def anchor(self) -> datetime:
        """The first end of the data, where volumes are exact."""
        return self.settings.anchor

    def fingerprint(self, table: str) -> str:
        """Hex; another one means that cells of the table may differ. Independent of the clock."""
        self._known(table)
        return fingerprint(table, self.settings, self._volumes, self._weights)

    def schema(self, table: str) -> pa.Schema:
        """Columns in order; keys are not nullable."""
        return self._table(table).schema

    def key(self, table: str) -> tuple[str, ...]:
        """The primary key: 1, 2, … in time order."""
        return (_KEYS[self._known(table)],)

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        """Events and orders belong to users."""
        return () if self._known(table) == "raw_users" else _TO_USER

    def time_column(self, table: str) -> str:
        """The column by which rows ascend."""
        return _TIME_COLUMNS[self._known(table)]

    def count(self, table: str, clock: datetime | None = None) -> int:
        """Rows with a time before the clock (default: the anchor, where it is the volume)."""
        volume = self._volumes[self._known(table).removeprefix("raw_")]
        if volume == 0 or clock is None or clock == self.anchor:
            return volume
        return self._table(table).count(microseconds(clock))

    def batches(
        self,
        table: str,
        start: int = 0,
        stop: int | None = None,
        *,
        clock: datetime | None = None,
        batch_size: int = 131_072,
        threads: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows start ≤ row < stop (0-based, in key order; default: all before the clock), in order.

        The rows do not depend on batch_size or threads (default: the cores but one). Memory does not grow with rows.
        """
        there = self.count(table, clock)
        stop = there if stop is None else min(stop, there)
        at = self._anchor if clock is None else microseconds(clock)
        source = self._table(table)
        source.prepare(stop - start)
        return in_batches(
            lambda a, b: source.rows(a, b, at),
            *(max(start, 0), stop),
            batch_size=batch_size,
            threads=threads or spare_cores(),
            chunk=source.at_once,
        )

    def _known(self, table: str) -> str:
        if table not in self.tables:
            raise UnknownName(f"no table is called {table!r}", hint=f"known: {', '.join(self.tables)}")
        return table

    def _table(self, table: str) -> Table:
        with self._lock:
            made: Table = getattr(self, f"_{self._known(table)}")
        return made

    @cached_property
    def _raw_users(self) -> UserTable:
        return UserTable(self._users, self._people)

    @cached_property
    def _event_plan(self) -> EventPlan:
        settings = self.settings
        sessions = Sessions(settings.seed, self._users, self._weights)
        events = Events(settings.seed, self._weights)
        return EventPlan(sessions, events, self._anchor, self._volumes["events"])

    @cached_property
    def _raw_events(self) -> EventTable:
        return EventTable(self._event_plan, self._compiled)

    @cached_property
    def _raw_orders(self) -> OrderTable:
        settings = self.settings
        orders = Orders(settings.seed, self._weights)
        buyers = Buyers(self._users, self._event_plan, self._anchor)
        maker = StoryMaker(settings.seed, self._users, orders)
        return OrderTable(OrderPlan(maker, buyers, self._anchor, self._volumes["orders"]))


def _check(settings: WorldSettings) -> None:
    for name, (least, most) in _LIMITS.items():
        volume = settings.volumes.get(name, 0)
        if not least <= volume <= most:
            raise ConfigError(f"data_volume.{name}: {volume:,} is not from {least} to {most:,}")
    midnight = datetime.min.time()
    if settings.start.time() != midnight or settings.anchor.time() != midnight:
        raise ConfigError("start_date, end_date: midnights are wanted")
    if settings.anchor <= settings.start:
        raise ConfigError("end_date: not after start_date")


__all__ = ["SaasWorld"]
