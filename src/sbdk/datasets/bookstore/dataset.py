"""The bookstore behind the `World` interface, and what is known of it: demand and experiments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from sbdk.core.errors import UnknownName
from sbdk.spec.world import WorldSettings
from sbdk.datasets.bookstore.book_table import BookTable
from sbdk.datasets.bookstore.books import Books
from sbdk.datasets.bookstore.campaigns import Campaigns, experiments
from sbdk.datasets.bookstore.demand import Demand
from sbdk.datasets.bookstore.inventory import Inventory
from sbdk.datasets.bookstore.publishers import Publishers
from sbdk.datasets.bookstore.sales import Sales, units_per_sale
from sbdk.datasets.bookstore.season import DAY, Season
from sbdk.datasets.bookstore.truth import Expected
from sbdk.datasets.bookstore.vocabulary import VOCABULARY_VERSION
from sbdk.datasets.bookstore.settings import volumes_of
from sbdk.synth.engine import CHUNK, in_batches
from sbdk.synth.timeline import micros
from sbdk.synth.vocab import NAMES_VERSION
from sbdk.synth.table import ForeignKey

RULES_VERSION = 1
"""Raised whenever the same settings would give other cells."""
_LOOKS_AT = {
    "publishers": ("publishers", "books"),
    "books": ("publishers", "books"),
    "sales": ("publishers", "books", "sales"),
    "inventory": ("publishers", "books", "sales", "inventory"),
    "campaign_events": ("campaign_events",),
}


class BookstoreWorld:
    """Catalogue and stock as they are at the anchor; sales and campaigns go on after it."""

    tables = ("publishers", "books", "sales", "inventory", "campaign_events")

    def __init__(self, settings: WorldSettings) -> None:
        """Raises ConfigError for volumes that no bookstore can have."""
        self.settings = settings
        seed, rows = settings.seed, volumes_of(settings.volumes)
        self.volumes = rows
        start, anchor = micros(settings.start) // DAY, micros(settings.anchor) // DAY
        publishers = Publishers(seed, start, rows["publishers"], rows["books"])
        books = Books(seed, start, anchor, rows["books"], publishers)
        demand = Demand(seed, books)
        self._expected = Expected(demand, Season(seed), start, anchor, rows["sales"])
        sales = Sales(seed, settings.start, settings.anchor, rows["sales"], demand)
        a_day = rows["sales"] * float(units_per_sale()[0]) / (anchor - start)
        self._timeless: dict[str, Publishers | BookTable | Inventory] = {
            "publishers": publishers,
            "books": BookTable(seed, books, settings.locale),
            "inventory": Inventory(seed, rows["inventory"], demand, a_day),
        }
        campaigns = Campaigns(seed, settings.start, settings.anchor, rows["campaign_events"])
        self._timed: dict[str, Sales | Campaigns] = {"sales": sales, "campaign_events": campaigns}

    @property
    def anchor(self) -> datetime:
        """The first end of the data."""
        return self.settings.anchor

    def _table(self, table: str) -> Publishers | BookTable | Inventory | Sales | Campaigns:
        if table not in self.tables:
            raise UnknownName(f"no synthetic table is called {table!r}", hint=f"known: {', '.join(self.tables)}")
        return self._timed[table] if table in self._timed else self._timeless[table]

    def fingerprint(self, table: str) -> str:
        """Hex, by everything that a cell of the table depends on; the clock is not among it."""
        self._table(table)
        volumes = [self.volumes[name] for name in _LOOKS_AT[table]]
        span = [self.settings.start.isoformat(), self.settings.anchor.isoformat()]
        versions = [RULES_VERSION, VOCABULARY_VERSION, NAMES_VERSION]
        parts = ["bookstore", table, *versions, self.settings.seed, *span, self.settings.locale, *volumes]
        return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()

    def schema(self, table: str) -> pa.Schema:
        """Columns in order; keys are not nullable."""
        return self._table(table).schema

    def key(self, table: str) -> tuple[str, ...]:
        """The first column."""
        return (self._table(table).key,)

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        """Books refer to publishers; sales and inventory to books."""
        self._table(table)
        if table == "books":
            return (ForeignKey("publisher_id", "publishers", "publisher_id"),)
        return (ForeignKey("book_id", "books", "book_id"),) if table in ("sales", "inventory") else ()

    def time_column(self, table: str) -> str | None:
        """created_at of sales and campaign_events; catalogue and stock are as of the anchor and stay."""
        self._table(table)
        return "created_at" if table in self._timed else None

    def count(self, table: str, clock: datetime | None = None) -> int:
        """Rows with a time before the clock (default: the anchor); all rows of a table without time."""
        self._table(table)
        if table in self._timed:
            return self._timed[table].count(micros(clock or self.anchor))
        return self._timeless[table].rows

    def batches(
        self,
        table: str,
        start: int = 0,
        stop: int | None = None,
        *,
        clock: datetime | None = None,
        batch_size: int = CHUNK,
        threads: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows start ≤ row < stop (default: all before the clock), in key order."""
        known = self._table(table)
        last = self.count(table, clock) if stop is None or table not in self._timed else stop
        end = last if stop is None else min(stop, last)
        return in_batches(known.batch, start, end, batch_size=batch_size, threads=threads)

    def experiments(self) -> pa.Table:
        """What is true: experiment_id, true_control_ctr, true_lift (relative), planned_share, true_share (of the
        treatment, of impressions), sample_ratio_mismatch."""
        return experiments()

    def demand(self, start_row: int, stop_row: int, first_day: datetime, days: int) -> pa.Table:
        """Expected units of books start_row..stop_row−1 on `days` days from first_day on: book_id, day, expected_units.

        By book, then day. Days before the start of the data have none.
        """
        first = micros(first_day) // DAY
        span = np.arange(first, first + days, dtype=np.int64)
        return self._expected.table(start_row, min(stop_row, self.volumes["books"]), span)

    def ended(self) -> pa.Table:
        """Books that nobody asks for any more: book_id, no_demand_from."""
        return self._expected.ended()

    def answers(self, until: datetime) -> dict[str, Iterable[pa.Table]]:
        """The files of the answer key, in parts: demand from the start to `until`, experiments, ended."""
        span = np.arange(micros(self.settings.start) // DAY, -(-micros(until) // DAY), dtype=np.int64)
        return {"demand": self._expected.parts(span), "experiments": [experiments()], "ended": [self.ended()]}
