"""Words of the book trade (package data with a version), the texts made of them, and the columns that hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.synth.cells import U64, lane
from sbdk.synth.columns import dictionary, dictionary_type
from sbdk.synth.vocab import LOCALES, names
from sbdk.synth.vocab.lists import joined, word_lists

VOCABULARY_VERSION = 2
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


LANGUAGES = ("english", "spanish", "french", "german")
"""The languages as the lists of words name them, in the order of the list `languages`."""


def titles(random: U64, genre: NDArray[np.integer], language: NDArray[np.integer]) -> pa.Array:
    """Titles that fit the genre (0 fiction, 1 non-fiction, 2 science, 3 biography, 4 fantasy) and the language."""
    form = pa.array(np.array([0, 1, 1, 2, 3], np.int8).take(genre))
    english = pc.choose(form, _story(random), _essay(random), _biography(random, "US", ""), _saga(random))
    others = [_translated(random, form, name) for name in LANGUAGES[1:]]
    return pc.choose(pa.array(language.astype(np.int8)), english, *others)


def _story(random: U64) -> pa.Array:
    """The Silent Harbor, or The Harbor and the Tide."""
    noun, other = _two(vocabulary("nouns"), random)
    described = joined("The ", picked(vocabulary("adjectives"), lane(random, 0)), " ", noun)
    return pc.if_else(pa.array(lane(random, 3) < 45_000), described, joined("The ", noun, " and the ", other))


def _essay(random: U64) -> pa.Array:
    return joined(picked(vocabulary("topic_frames"), lane(random, 2)), picked(vocabulary("topics"), lane(random, 0)))


def _saga(random: U64) -> pa.Array:
    """The Crown of Ravens."""
    return joined(
        "The ", picked(vocabulary("nouns"), lane(random, 1)), " of ", picked(vocabulary("realms"), lane(random, 0))
    )


def _biography(random: U64, country: str, prefix: str) -> pa.Array:
    lives = picked(vocabulary(f"{prefix}lives"), lane(random, 2))
    return joined(_spanish_people(random) if country == "ES" else _people(random, country), lives)


def _translated(random: U64, form: pa.Array, language: str) -> pa.Array:
    """Light and Shadow, A Topic: a history, or A Person: a life, in the language."""
    link, country = {"spanish": (" y ", "ES"), "french": (" et ", "FR"), "german": (" und ", "DE")}[language]
    one, two = _two(vocabulary(f"{language}_nouns"), random)
    story = joined(one, link, two)
    topic = picked(vocabulary(f"{language}_topics"), lane(random, 0))
    essay = joined(topic, picked(vocabulary(f"{language}_frames"), lane(random, 2)))
    return pc.choose(form, story, essay, _biography(random, country, f"{language}_"), story)


def _two(words: pa.Array, random: U64) -> tuple[pa.Array, pa.Array]:
    """Two different words."""
    first = lane(random, 1).astype(np.int64) * len(words) >> 16
    further = 1 + (lane(random, 2).astype(np.int64) * (len(words) - 1) >> 16)
    return words.take(pa.array(first)), words.take(pa.array((first + further) % len(words)))


def authors(random: U64, language: NDArray[np.integer], locale: str) -> pa.Array:
    """A first and a last name in the book's language, or of the project's locale."""
    if locale != "country":
        return _people(random, LOCALES[locale])
    by_language = [_people(random, "US"), _spanish_people(random), _people(random, "FR"), _people(random, "DE")]
    return pc.choose(pa.array(language.astype(np.int8)), *by_language)


def _spanish_people(random: U64) -> pa.Array:
    first, last = (picked(vocabulary(f"spanish_{part}"), lane(random, i)) for i, part in enumerate(("first", "last")))
    return joined(first, " ", last)


def _people(random: U64, country: str) -> pa.Array:
    pool = names(country)
    first = pa.array(pool.first).take(picked(pa.array(pool.first_slots), lane(random, 0)))
    last = pa.array(pool.last).take(picked(pa.array(pool.last_slots), lane(random, 1)))
    return joined(last, " ", first) if pool.family_first else joined(first, " ", last)


HOUSES, IMPRINTS = 256, 4
"""Names of houses in a language, and forms of the name for a type of publisher."""


def publisher_names(number: U64, block: U64, language: NDArray[np.integer], kind: NDArray[np.integer]) -> pa.Array:
    """Names that fit the language and the type of publisher; no two are alike if no two (number, block) are.

    `number`: 0 to HOUSES × IMPRINTS − 1. From block 1 on a house has a partner; after all of those, a number.
    """
    house = (number % np.uint64(HOUSES)).view(np.int64)
    form = (number // np.uint64(HOUSES)).view(np.int64)
    partner = (block % np.uint64(HOUSES)).view(np.int64)
    turn = (block // np.uint64(HOUSES)).view(np.int64)
    offset = language.astype(np.int64)
    houses = pa.chunked_array([vocabulary(f"{name}_houses") for name in LANGUAGES]).combine_chunks()
    forms = pa.chunked_array([vocabulary(f"{name}_imprints") for name in LANGUAGES]).combine_chunks()
    alone = houses.take(pa.array(offset * HOUSES + house))
    joint = joined(alone, " & ", houses.take(pa.array(offset * HOUSES + (house + partner) % HOUSES)))
    name = pc.if_else(pa.array(partner > 0), joint, alone)
    frame = forms.take(pa.array((offset * 4 + kind) * IMPRINTS + form))
    before, after = (pc.list_element(pc.split_pattern(frame, "{}"), index) for index in (0, 1))
    numbered = joined(" ", pc.cast(pa.array(turn + 1), pa.string()))
    return joined(before, name, after, pc.if_else(pa.array(turn > 0), numbered, ""))


MONEY = pa.decimal128(12, 2)
PERCENT = pa.decimal128(5, 2)


def field(name: str, data_type: pa.DataType, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, data_type, nullable=nullable)


def word_field(name: str, words: str, *, nullable: bool = False) -> pa.Field:
    """A column of words of one vocabulary."""
    return pa.field(name, dictionary_type(len(vocabulary(words))), nullable=nullable)


def category(words: str, codes: NDArray[Any], valid: NDArray[Any] | None = None) -> pa.Array:
    return dictionary(codes, vocabulary(words), valid)


def dates(days: NDArray[Any]) -> pa.Array:
    """Dates from days since 1970."""
    return pa.array(days.astype("int32")).view(pa.date32())
