"""The demand function: the expected units of each book on each day.

An attraction model (Bell, Keeney, Little: "A market share theorem", Journal of Marketing Research, 1975): the day
decides how many sales there are, and each book gets its share of the attraction of all.

    attraction(book, day) = popularity(book) · launch(day − published) · response(discount(book, week)),
                            0 before publication and from the day on which demand ends
    units(book, day)      = sales · seasonality(day) ÷ Σ seasonality · attraction ÷ Σ attraction · units per sale
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.bookstore.books import Books
from sbdk.datasets.bookstore.permutation import Permutation
from sbdk.datasets.bookstore.seasonality import I64
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import Choice, apportion, scaled
from sbdk.synth.columns.choice import SLOTS

_FLAT_TOP = 10
"""q: the best sellers are not infinitely far ahead; and one more for every thousand books."""


class LongTail:
    """Which share of all interest each of `books` books has, and a book drawn by these shares, without a table of them.

    A book's rank is its place in a permutation. Ranks are put into classes that widen by half octaves (0, 1, 2, 3,
    4–5, 6–7, 8–11 …); the books of a class have equal shares, a whole number of 1/65,536 together. So a draw is a
    look-up of the class and a number in its range, and the shares are exact.
    """

    def __init__(self, key: np.uint64, books: int) -> None:
        self._rank = Permutation(key, books)
        edges = _edges(books)
        self._first, self._width = edges[:-1], np.diff(edges)
        shift = _FLAT_TOP + books // 1000
        middle = self._first + (self._width - 1) / 2
        slots = apportion((self._width / (middle + shift)).tolist())
        self._classes = np.repeat(np.arange(len(slots)), slots)
        self._share = slots / (SLOTS * self._width.astype(np.float64))

    def share(self, books: U64) -> NDArray[np.float64]:
        """The share of each book (0-based row); all together are 1."""
        rank = self._rank.forward(books).view(np.int64)
        return self._share.take(np.searchsorted(self._first, rank, side="right") - 1)

    def draw(self, random: U64) -> U64:
        """A book for each 64-bit word, by share."""
        chosen = self._classes.take(lane(random, 0))
        inside = scaled(random >> np.uint64(16) << np.uint64(16), self._width.take(chosen).view(np.uint64))
        return self._rank.backward(self._first.take(chosen).view(np.uint64) + inside)


def _edges(books: int) -> NDArray[np.int64]:
    """Where the classes begin, and the number of books as the last end."""
    edges, width = [0, 1, 2, 3], 1
    while edges[-1] < books:
        width *= 2
        edges += [2 * width, 3 * width]
    return np.array([*(edge for edge in sorted(set(edges)) if edge < books), books], dtype=np.int64)


F64 = NDArray[np.float64]
DISCOUNTS = (0, 10, 20, 30)
RESPONSE = (1.0, 1.25, 1.6, 2.2)
"""Factor of the demand at a discount of 0, 10, 20, 30 %."""
_PROMOTION = Choice.of(range(4), (88, 5, 4, 3))
PEAK, DECAY = 3.0, 0.985
"""A book starts with three times its later demand; the surplus shrinks by 1.5 % a day."""
_DAYS = 1000


def launch_curve() -> F64:
    """By age in days: 1 + 2 · 0.985ᵃᵍᵉ, 1 from day 1,000 on. Multiplied step by step, so the same on any machine."""
    surplus = [PEAK - 1.0]
    for _ in range(_DAYS - 1):
        surplus.append(surplus[-1] * DECAY)
    return 1.0 + np.array([*surplus, 0.0])


class Demand:
    """Attraction of any book on any day (since 1970), and books drawn in proportion to it."""

    most = PEAK * RESPONSE[-1]

    def __init__(self, seed: int, books: Books) -> None:
        self.books = books
        self.popularity = LongTail(cell_key(seed, "books", "popularity"), books.rows)
        self._promotion_key = cell_key(seed, "books", "promotion")
        self._launch, self._response = launch_curve(), np.array(RESPONSE)

    def discount(self, books: U64, days: I64) -> I64:
        """Percent off in the book's promotion of the week (from Monday on), 0 in most."""
        return np.array(DISCOUNTS).take(self._promotion(books, days))

    def _promotion(self, books: U64, days: I64) -> I64:
        week = ((days + 3) // 7).view(np.uint64)  # 1970-01-01 was a Thursday
        word = bits(self._promotion_key, week << np.uint64(32) | books)
        return _PROMOTION.codes(lane(word, 0)).astype(np.int64)

    def factor(self, books: U64, days: I64) -> F64:
        """Attraction in relation to popularity: 0..`most`."""
        promoted: F64 = self._response.take(self._promotion(books, days))
        promoted *= self.plain_factor(books, days)
        return promoted

    def plain_factor(self, books: U64, days: I64) -> F64:
        """The same without promotions."""
        published, ended = self.books.life(books)
        age = days - published
        return np.where((age >= 0) & (days < ended), self._launch.take(np.clip(age, 0, _DAYS)), 0.0)

    def attraction(self, start: int, stop: int, days: I64) -> F64:
        """Of books start..stop−1 on each of the days: shape (books, days)."""
        books = np.arange(start, stop, dtype=np.uint64)
        return self.popularity.share(books)[:, None] * self.factor(books[:, None], days[None, :])

    def total(self, days: I64) -> F64:
        """The attraction of all books, by day."""
        step = max(1, 2_000_000 // max(len(days), 1))
        spans = ((low, min(low + step, self.books.rows)) for low in range(0, self.books.rows, step))
        return sum((self.attraction(low, high, days).sum(axis=0) for low, high in spans), np.zeros(len(days)))
