"""publishers: their rows, and the assignment of books to them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.bookstore.permutation import Permutation
from sbdk.datasets.bookstore.seasonality import DAY, I64
from sbdk.datasets.bookstore.words import HOUSES, IMPRINTS, category, field, ids, publisher_names, word_field
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import Choice, between, integers, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.columns.choice import Codes

_TYPE = Choice.of(range(4), (35, 35, 18, 12))
_MOST_TITLES = np.array((60, 20, 30, 12), np.int64)
"""A publisher has from 2 to 2 + so many shares of all titles, by type."""
_COUNTRY = Choice.of(range(7), (40, 22, 12, 9, 7, 6, 4))
_LANGUAGE_OF_COUNTRY = np.array((0, 0, 3, 2, 1, 0, 0), np.int8)
"""Of US, GB, DE, FR, ES, CA, AU: English, Spanish, French or German, as 0 to 3."""
_INACTIVE = 0.1
_LONGEST = np.array((170, 60, 240, 30), np.int64)
"""Most years from the founding of a publisher to that of the youngest, by type."""
_YOUNGEST_OF_TYPE = np.array((25, 0, 12, 0), np.int64)
"""Years by which the youngest of a type is older than the youngest of all."""
DIGITAL = 3
FIRST_DIGITAL = 1998
"""Before this year no publisher is digital, unless the whole data set lies before it."""
YOUNGEST = 6
"""Years before the start in which the last publishers were founded."""
OPENING = 5 * 365
"""Days before the start on which the shop entered its first publishers."""


class Publishers:
    """Rows of publishers. Titles are dealt out by an index of eight bytes for each publisher."""

    name = "publishers"
    key = "publisher_id"
    schema = pa.schema(
        [
            field("publisher_id", pa.string()),
            field("publisher_name", pa.string()),
            word_field("publisher_type", "publisher_types"),
            word_field("country", "countries"),
            field("established_year", pa.int32()),
            field("total_titles", pa.int64()),
            word_field("active_status", "statuses"),
            field("created_at", TIMESTAMP),
        ]
    )

    def __init__(self, seed: int, start: int, rows: int, books: int) -> None:
        """start: a day since 1970."""
        self.rows = rows
        self._traits_key, self._word_key, self._created_key = (
            cell_key(seed, self.name, column) for column in ("traits", "established", "created_at")
        )
        self._name_number = Permutation(cell_key(seed, self.name, "publisher_name"), HOUSES * IMPRINTS)
        self._opening = (start - OPENING) * DAY
        self._last_founded = date.fromordinal(start + date(1970, 1, 1).toordinal()).year - YOUNGEST
        every = np.arange(rows, dtype=np.uint64)
        shares = 2 + (lane(self._traits(every), 1).astype(np.int64) * _MOST_TITLES.take(self.type(every)) >> 16)
        ends = shares.cumsum()
        self._first_title = np.concatenate([np.zeros(1, np.int64), ends * books // ends[-1]])

    def _traits(self, rows: U64) -> U64:
        return bits(self._traits_key, rows)

    def type(self, rows: U64) -> Codes:
        return _TYPE.codes(lane(self._traits(rows), 0))

    def active(self, rows: U64) -> NDArray[np.bool_]:
        """The first publisher always is."""
        inactive: NDArray[np.bool_] = lane(self._traits(rows), 3) < round(_INACTIVE * 65_536)
        active: NDArray[np.bool_] = ~inactive | (rows == 0)
        return active

    def established(self, rows: U64) -> I64:
        """Year of foundation, the denser the later; academic publishers are the oldest, digital ones the youngest."""
        word, kind = bits(self._word_key, rows), self.type(rows)
        low, high = lane(word, 0).astype(np.int64), lane(word, 1).astype(np.int64)
        year = self._last_founded - _YOUNGEST_OF_TYPE.take(kind) - (low * high * _LONGEST.take(kind) >> 32)
        earliest = min(FIRST_DIGITAL, self._last_founded)
        return np.where(kind == DIGITAL, np.maximum(year, earliest), year)

    def country(self, rows: U64) -> Codes:
        return _COUNTRY.codes(lane(self._traits(rows), 2))

    def language(self, rows: U64) -> NDArray[np.int8]:
        """The language of the publisher's country, as a code of `languages`."""
        return _LANGUAGE_OF_COUNTRY.take(self.country(rows))

    def of_title(self, titles: U64) -> U64:
        """The publisher of each title, by the number of the title."""
        publisher = np.searchsorted(self._first_title, titles.view(np.int64), side="right") - 1
        return publisher.astype(np.uint64)

    def batch(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows start..stop−1."""
        rows = np.arange(start, stop, dtype=np.uint64)
        kind = self.type(rows)
        created = self._opening + between(bits(self._created_key, rows), 0, 30 * DAY - 1)
        block, place = np.divmod(rows, np.uint64(HOUSES * IMPRINTS))
        names = publisher_names(self._name_number.forward(place), block, self.language(rows), kind)
        columns = [
            ids("PUB_", 6, rows),
            names,
            category("publisher_types", kind),
            category("countries", self.country(rows)),
            integers(self.established(rows).astype(np.int32)),
            integers(np.diff(self._first_title[start : stop + 1])),
            category("statuses", ~self.active(rows)),
            timestamps(created),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)
