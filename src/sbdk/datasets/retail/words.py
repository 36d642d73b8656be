"""Words of the apparel trade (package data with a version) and the texts of dimension columns made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.synth.cells import U64, below
from sbdk.synth.columns import scaled
from sbdk.synth.columns.names import NamePools, People
from sbdk.synth.vocab.lists import word_lists

VOCABULARY_VERSION = 2
"""Raised with every change of vocabulary.json: it is part of the world's fingerprint."""


vocabulary = word_lists(Path(__file__).with_name("vocabulary.json"))
"""A list of words by its name, as an Arrow array."""


_DOMAINS = pa.array(["@example.com", "@example.net", "@example.org"])


def picked(list_name: str, random: U64, shift: int = 0) -> pa.Array:
    """A word of the list for each cell, all as likely; `shift` (below 32) takes other bits of the same cell."""
    words = vocabulary(list_name)
    return words.take(pa.array(below(random << np.uint64(shift), len(words)).view(np.int64)))


def number(values: NDArray[np.integer]) -> pa.Array:
    return pa.array(values.astype(np.int64)).cast(pa.string())


class Lists:
    """A list of texts for each of a number of things, all in one array, to draw from."""

    def __init__(self, lists: list[list[str]]) -> None:
        self._texts = pa.array([text for texts in lists for text in texts])
        self._count = np.array([len(texts) for texts in lists], np.uint64)
        self._first = np.cumsum(self._count).astype(np.int64) - self._count.astype(np.int64)

    def picked(self, which: NDArray[np.int64], random: U64) -> pa.Array:
        """A text of each one's list, all as likely."""
        place = self._first.take(which) + scaled(random, self._count.take(which)).view(np.int64)
        return self._texts.take(pa.array(place))


def emails(pools: NamePools, people: People, change: NDArray[np.integer]) -> pa.Array:
    """The addresses of the people, no two alike; another domain with each change."""
    return pools.addresses(people, ".", _DOMAINS.take(pa.array(change.astype(np.int64) % 3)))
