"""The bookstore data set, and its answer key: true demand and true experiments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from sbdk.datasets.base import AnswerRequest, Dataset, Grader
from sbdk.datasets.bookstore.books import NEVER, Books, BookTable
from sbdk.datasets.bookstore.campaigns import Campaigns, experiments
from sbdk.datasets.bookstore.demand import F64, Demand
from sbdk.datasets.bookstore.inventory import Inventory
from sbdk.datasets.bookstore.publishers import Publishers
from sbdk.datasets.bookstore.sales import Sales, units_per_sale
from sbdk.datasets.bookstore.seasonality import DAY, I64, Seasonality
from sbdk.datasets.bookstore.settings import RULES_VERSION, volumes_of
from sbdk.datasets.bookstore.words import VOCABULARY_VERSION, dates, ids
from sbdk.spec.world import WorldSettings
from sbdk.synth.answer_key import ClassifiedRecords
from sbdk.synth.batches import Make
from sbdk.synth.columns import integers
from sbdk.synth.table import CellTable, ForeignKey, Tables
from sbdk.synth.timeline import micros
from sbdk.synth.vocab import NAMES_VERSION

_ROWS = 1_000_000


class ExpectedDemand:
    """Expected units by book and day. `sales`: how many there are between the days start and anchor."""

    def __init__(self, demand: Demand, seasonality: Seasonality, start: int, anchor: int, sales: int) -> None:
        self._demand, self._seasonality, self._start = demand, seasonality, start
        self._a_sale = sales / float(seasonality.mass(np.arange(start, anchor, dtype=np.int64)).sum())

    def sales(self, days: I64) -> F64:
        """Sales of all books that are to be expected on each day; none before the data begin."""
        return np.where(days >= self._start, self._seasonality.mass(days) * self._a_sale, 0.0)

    def table(self, start: int, stop: int, days: I64) -> pa.Table:
        """Of books start..stop−1, by book, then day."""
        return self._table(start, stop, days, self.sales(days) / self._demand.total(days))

    def parts(self, days: I64) -> Iterator[pa.Table]:
        """Of all books, about a million rows at a time."""
        books = self._demand.books.rows
        step = max(1, _ROWS // max(len(days), 1))
        each = self.sales(days) / self._demand.total(days)
        return (self._table(low, min(low + step, books), days, each) for low in range(0, books, step))

    def _table(self, start: int, stop: int, days: I64, each: F64) -> pa.Table:
        """each: sales of a book with an attraction of 1, by day."""
        books = np.arange(start, stop, dtype=np.uint64)
        pieces = units_per_sale().take(self._demand.books.digital(books).astype(np.int64))
        units = self._demand.attraction(start, stop, days) * each * pieces[:, None]
        row = pa.array(np.repeat(np.arange(len(books)), len(days)))
        columns = {"book_id": ids("BOOK_", 6, books).take(row), "day": dates(np.tile(days, len(books)))}
        return pa.table({**columns, "expected_units": integers(units.ravel())})

    def ended(self) -> pa.Table:
        """Books whose demand has ended: book_id, no_demand_from (the first day without)."""
        ends = self._demand.books.lives[1]
        rows = np.flatnonzero(ends < NEVER)
        return pa.table({"book_id": ids("BOOK_", 6, rows.astype(np.uint64)), "no_demand_from": dates(ends[rows])})


_DEPENDS_ON = {
    "publishers": ("publishers", "books"),
    "books": ("publishers", "books"),
    "sales": ("publishers", "books", "sales"),
    "inventory": ("publishers", "books", "sales", "inventory"),
    "campaign_events": ("campaign_events",),
}
_TO_BOOK = (ForeignKey("book_id", "books", "book_id"),)
_REFERS_TO = {
    "books": (ForeignKey("publisher_id", "publishers", "publisher_id"),),
    "sales": _TO_BOOK,
    "inventory": _TO_BOOK,
}


class BookstoreTable(CellTable):
    """A table of the bookstore; its key is the first column."""

    def __init__(
        self,
        rows: Publishers | BookTable | Inventory | Sales | Campaigns,
        anchor: datetime,
        fingerprint: str,
        foreign_keys: Iterable[ForeignKey] = (),
    ) -> None:
        time_column = "created_at" if isinstance(rows, Sales | Campaigns) else None
        super().__init__(rows.name, anchor, key=(rows.key,), foreign_keys=foreign_keys, time_column=time_column)
        self._rows, self._fingerprint = rows, fingerprint

    @property
    def schema(self) -> pa.Schema:
        return self._rows.schema

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def count(self, clock: datetime | None = None) -> int:
        """Rows with a time before the clock (default: the anchor); all rows of a table without time."""
        if isinstance(self._rows, Sales | Campaigns):
            return self._rows.count(micros(clock or self.anchor))
        return self._rows.rows

    def span(self, start: int, stop: int | None, clock: datetime | None) -> tuple[int, int]:
        """The requested rows; of a table without time, those up to the last row."""
        if stop is not None and self.time_column:
            return start, stop
        rows = self.count(clock)
        return start, rows if stop is None else min(stop, rows)

    def maker(self, rows: int, clock: datetime | None) -> Make:
        return self._rows.batch


class BookstoreDataset(Dataset):
    """Catalogue and stock as they are at the anchor; sales and campaigns go on after it."""

    name = "bookstore"

    def __init__(self, settings: WorldSettings) -> None:
        """Raises ConfigError for volumes out of range."""
        self.settings, self.anchor = settings, settings.anchor
        seed, rows = settings.seed, volumes_of(settings.volumes)
        self.volumes = rows
        start, anchor = micros(settings.start) // DAY, micros(settings.anchor) // DAY
        publishers = Publishers(seed, start, rows["publishers"], rows["books"])
        books = Books(seed, start, anchor, rows["books"], publishers)
        demand = Demand(seed, books)
        self._expected = ExpectedDemand(demand, Seasonality(seed), start, anchor, rows["sales"])
        sales = Sales(seed, settings.start, settings.anchor, rows["sales"], demand)
        a_day = rows["sales"] * float(units_per_sale()[0]) / (anchor - start)
        inventory = Inventory(seed, rows["inventory"], demand, a_day)
        campaigns = Campaigns(seed, settings.start, settings.anchor, rows["campaign_events"])
        tables = (publishers, BookTable(seed, books, settings.locale), sales, inventory, campaigns)
        self.tables = Tables(
            BookstoreTable(each, self.anchor, self._fingerprint(each.name), _REFERS_TO.get(each.name, ()))
            for each in tables
        )
        self.answers = BookstoreAnswers(self)

    @property
    def grader(self) -> Grader:
        from sbdk.datasets.bookstore.grading.grade import BookstoreGrader

        return BookstoreGrader(self.tables, self.settings.start, self.anchor, self.experiments())

    def _fingerprint(self, table: str) -> str:
        """Hex; a hash of everything that a cell of the table depends on. It does not depend on the clock."""
        volumes = [self.volumes[name] for name in _DEPENDS_ON[table]]
        span = [self.settings.start.isoformat(), self.settings.anchor.isoformat()]
        versions = [RULES_VERSION, VOCABULARY_VERSION, NAMES_VERSION]
        parts = ["bookstore", table, *versions, self.settings.seed, *span, self.settings.locale, *volumes]
        return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()

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
        """Books whose demand has ended: book_id, no_demand_from."""
        return self._expected.ended()

    def expected_demand(self, until: datetime) -> Iterable[pa.Table]:
        """`demand` of all books from the start of the data to `until`, in parts."""
        span = np.arange(micros(self.settings.start) // DAY, -(-micros(until) // DAY), dtype=np.int64)
        return self._expected.parts(span)


class BookstoreAnswers:
    """The demand function, the true effects of the experiments, and the books whose demand has ended."""

    def __init__(self, bookstore: BookstoreDataset) -> None:
        self._bookstore = bookstore

    def keep(self, table: str, records: ClassifiedRecords) -> None:
        """Nothing: the answers do not depend on what was emitted."""

    def files(self, request: AnswerRequest) -> dict[str, Iterable[pa.Table]]:
        """demand from the start to `until`, experiments, ended."""
        bookstore = self._bookstore
        return {
            "demand": bookstore.expected_demand(request.until),
            "experiments": [bookstore.experiments()],
            "ended": [bookstore.ended()],
        }
