"""101 US cities, and texts of places in them: a postal code and a phone number are those of the city.

places.json has each city's population (2020 census), its postal codes (the standard ones of the US Postal Service that
are named after the city) and its telephone area codes (North American Numbering Plan). Raise PLACES_VERSION with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.retail.words import Lists, number, picked
from sbdk.synth.cells import U64, below, cell_key, lane
from sbdk.synth.cells import bits as random_bits
from sbdk.synth.columns import Choice
from sbdk.synth.vocab.lists import joined

I64 = NDArray[np.int64]
PLACES_VERSION = 1
_NEAR_A_STORE = 65_536 * 95 // 100
"""Of 65,536 customers, those who live in a city that has had a store from the start."""


@dataclass(frozen=True)
class Places:
    """The cities. codes: "Chicago, IL 60614" for each postal code; phones: "312-555-01" for each area code."""

    names: pa.Array
    by_population: Choice
    codes: Lists
    phones: Lists


@cache
def places() -> Places:
    cities = json.loads(Path(__file__).with_name("places.json").read_text("utf-8"))
    return Places(
        pa.array([city["city"] for city in cities]),
        Choice.of(range(len(cities)), [city["population"] for city in cities]),
        Lists([[f"{city['city']}, {city['state']} {code}" for code in city["zip_codes"]] for city in cities]),
        Lists([[f"{code}-555-01" for code in city["area_codes"]] for city in cities]),
    )


def store_cities(seed: int, stores: I64) -> I64:
    """The city of each store (0-based entity), as a position among the places: as likely as it is populous."""
    random = random_bits(cell_key(seed, "stores", "city"), stores.view(np.uint64))
    return places().by_population.codes(lane(random, 3)).astype(np.int64)


def customer_cities(seed: int, customers: I64, stores: int) -> I64:
    """The city of each customer: for 95 % that of one of the first `stores` stores, else any, by population."""
    random = random_bits(cell_key(seed, "customers", "city"), customers.view(np.uint64))
    near = store_cities(seed, below(random, stores).view(np.int64))
    anywhere = places().by_population.codes(lane(random, 1)).astype(np.int64)
    return np.where(lane(random, 0) < _NEAR_A_STORE, near, anywhere)


_32 = np.uint64(32)
_DIGITS = pa.array([f"{digits:02}" for digits in range(100)])


def addresses(random: U64, city: I64) -> pa.Array:
    """A house number, a street, a place in the city: 214 Maple Street, Chicago, IL 60614."""
    low = random << _32
    house = number(below(low, 980) + np.uint64(1))
    street, kind = picked("streets", random), picked("street_kinds", random, 7)
    return joined(house, " ", street, " ", kind, ", ", places().codes.picked(city, low << np.uint64(12)))


def phones(random: U64, city: I64) -> pa.Array:
    """Numbers of the city that nobody has: 312-555-0142 (555-01xx is kept free)."""
    digits = _DIGITS.take(pa.array(below(random << np.uint64(20), 100).view(np.int64)))
    return joined(places().phones.picked(city, random), digits)
