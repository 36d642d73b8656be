"""Words of the book trade (package data with a version) and the texts made of them: ids, titles, names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.synth.cells import U64, lane
from sbdk.synth.vocab import LOCALES, names
from sbdk.synth.vocab.lists import joined, word_lists

VOCABULARY_VERSION = 1
"""Raised with every change of vocabulary.json: it is part of the world's fingerprint."""


vocabulary = word_lists(Path(__file__).with_name("vocabulary.json"))
"""A list of words by its name, as an Arrow array."""


def ids(prefix: str, digits: int, rows: U64) -> pa.Array:
    """PUB_000001 for row 0: the row's number from 1 on, with leading zeros."""
    numbers = pa.array(rows.view(np.int64) + 1).cast(pa.string())
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(numbers, digits, "0"), "")


def picked(words: pa.Array, lane_of: NDArray[np.uint16]) -> pa.Array:
    """A word for each 16-bit number, all as likely."""
    return words.take(pa.array(lane_of.astype(np.int64) * len(words) >> 16))


def titles(random: U64, genre: NDArray[np.integer], language: NDArray[np.integer]) -> pa.Array:
    """By genre in English (2: science, 3: biography), two nouns in the other languages."""
    one, two, which = lane(random, 0), lane(random, 1), lane(random, 2)
    words = {name: vocabulary(name) for name in ("adjectives", "nouns", "topics", "topic_frames", "lives")}
    story = joined("The ", picked(words["adjectives"], one), " ", picked(words["nouns"], two))
    essay = joined(picked(words["topic_frames"], which), picked(words["topics"], one))
    life = joined(_people(random, "US"), picked(words["lives"], which))
    english = pc.choose(pa.array(np.array([0, 1, 1, 2, 0], np.int8).take(genre)), story, essay, life)
    translated = [
        joined(picked(vocabulary(f"{name}_nouns"), one), link, picked(vocabulary(f"{name}_nouns"), two))
        for name, link in (("spanish", " y "), ("french", " et "), ("german", " und "))
    ]
    return pc.choose(pa.array(language.astype(np.int8)), english, *translated)


def authors(random: U64, language: NDArray[np.integer], locale: str) -> pa.Array:
    """A first and a last name in the book's language, or of the project's locale."""
    if locale != "country":
        return _people(random, LOCALES[locale])
    spanish = joined(
        picked(vocabulary("spanish_first"), lane(random, 0)),
        " ",
        picked(vocabulary("spanish_last"), lane(random, 1)),
    )
    by_language = [_people(random, "US"), spanish, _people(random, "FR"), _people(random, "DE")]
    return pc.choose(pa.array(language.astype(np.int8)), *by_language)


def _people(random: U64, country: str) -> pa.Array:
    pool = names(country)
    first, last = picked(pa.array(pool.first), lane(random, 0)), picked(pa.array(pool.last), lane(random, 1))
    return joined(last, " ", first) if pool.family_first else joined(first, " ", last)


def publisher_names(random: U64, academic: NDArray[np.bool_]) -> pa.Array:
    """Names of publishers; academic ones are university presses."""
    one, two, kind = lane(random, 0), lane(random, 1), lane(random, 2)
    usual = joined(picked(vocabulary("houses"), one), " ", picked(vocabulary("house_kinds"), kind))
    university = joined(picked(vocabulary("towns"), two), " University Press")
    return pc.if_else(pa.array(academic), university, usual)
