"""The long tail: a few books sell well, most sell little (Zipf–Mandelbrot: share ∝ 1 ÷ (rank + q))."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, lane
from sbdk.synth.columns import apportion, scaled
from sbdk.synth.columns.weights import SLOTS
from sbdk.datasets.bookstore.permutation import Permutation

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
