"""Frozen vocabularies: package data with a version, never a call per row.

Written by tools/freeze_names.py from the name lists of Faker (MIT licence) and from lists of our own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMES_VERSION = 1
"""Raised with every change of names.json: it is part of the data sets' fingerprints."""

LOCALES = {
    "en_US": "US",
    "en_GB": "GB",
    "en_CA": "CA",
    "en_AU": "AU",
    "de_DE": "DE",
    "fr_FR": "FR",
    "ja_JP": "JP",
}
SIZE = 256
"""First names of a country, and last names."""


@dataclass(frozen=True)
class Names:
    """256 first and 256 last names of a country as people write them, and as a–z for e-mail local parts.

    A spelling has the same index in every country.
    """

    first: tuple[str, ...]
    first_ascii: tuple[str, ...]
    last: tuple[str, ...]
    last_ascii: tuple[str, ...]
    family_first: bool


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    data: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "names.json").read_text("utf-8"))
    return data


@cache
def names(country: str) -> Names:
    """The names of a country (US, GB, CA, AU, DE, FR, JP)."""
    lists = {key: tuple(values) for key, values in _data()[country].items()}
    return Names(**lists, family_first=country == "JP")
