"""Words of the apparel trade: package data with a version."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pyarrow as pa

VOCABULARY_VERSION = 1
"""Raised with every change of vocabulary.json: it is part of the world's fingerprint."""


@cache
def _data() -> dict[str, list[str]]:
    data: dict[str, list[str]] = json.loads(Path(__file__).with_name("vocabulary.json").read_text("utf-8"))
    return data


@cache
def vocabulary(name: str) -> pa.Array:
    """A list of words, for example "brands"."""
    return pa.array(_data()[name])
