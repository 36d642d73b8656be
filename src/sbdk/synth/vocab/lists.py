"""Lists of words that a data set ships as JSON beside its code, and texts joined from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

Words = Callable[[str], pa.Array]
"""A list of words by its name."""


def word_lists(file: Path) -> Words:
    """The lists of a JSON file, {name: [word, …]}, read on first use."""

    @cache
    def content() -> dict[str, list[str]]:
        lists: dict[str, list[str]] = json.loads(file.read_text("utf-8"))
        return lists

    @cache
    def words(name: str) -> pa.Array:
        return pa.array(content()[name])

    return words


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts concatenated row by row; a plain string is repeated in every row."""
    return pc.binary_join_element_wise(*parts, "")
