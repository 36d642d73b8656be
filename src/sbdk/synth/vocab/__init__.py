"""Frozen vocabularies: package data with a version, never a call per row.

Written by tools/freeze_names.py from the name lists of Faker (MIT licence) and from lists of our own; it names the
sources of the frequencies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NAMES_VERSION = 2
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
SLOTS = 1_024
"""Shares of first names are told in this many parts, and those of last names."""


@dataclass(frozen=True)
class Names:
    """256 first and 256 last names of a country as people write them, and as a–z for e-mail local parts.

    The most frequent are first. A name's share is that of the slots that hold its position: `first_slots` and
    `last_slots` have 1,024 positions (0..255) each. `female`: of those who bear a first name, the part that are women.
    """

    first: tuple[str, ...]
    first_ascii: tuple[str, ...]
    first_slots: tuple[int, ...]
    female: tuple[float, ...]
    last: tuple[str, ...]
    last_ascii: tuple[str, ...]
    last_slots: tuple[int, ...]
    family_first: bool


@cache
def _data() -> dict[str, dict[str, list[Any]]]:
    data: dict[str, dict[str, list[Any]]] = json.loads((Path(__file__).parent / "names.json").read_text("utf-8"))
    return data


@cache
def names(country: str) -> Names:
    """The names of a country (US, GB, CA, AU, DE, FR, JP)."""
    lists = {key: tuple(values) for key, values in _data()[country].items()}
    return Names(**lists, family_first=country == "JP")
