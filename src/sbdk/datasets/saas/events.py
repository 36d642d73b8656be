"""Events as pure cells of (session, sequence): time, type, source, page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.saas.distributions import EVENT_TYPES, REFERRERS, TIERS, Weights, table
from sbdk.datasets.saas.sessions import SessionCells
from sbdk.datasets.saas.users import referrer_profiles
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import choose_given, given_table
from sbdk.synth.columns.choice import Codes
from sbdk.synth.relations import expand_counts
from sbdk.synth.timeline import I64

BUYING = tuple(EVENT_TYPES.index(name) for name in ("purchase", "add_to_cart"))
_OWN_REFERRER = 0.7
_PRODUCTS = 1000

_FIXED_PAGES = (
    *("/home", "/products", "/about", "/blog", "/pricing"),
    *("/login", "/account", "/signup", "/register", "/checkout", "/payment", "/search"),
)
PAGES = (
    *_FIXED_PAGES,
    *(f"/products/{n}" for n in range(1, _PRODUCTS + 1)),
    *(f"/shop/{n}" for n in range(1, _PRODUCTS + 1)),
)
_PAGES_OF = {
    "pageview": (0, 1, 2, 3, 4),
    "login": (5, 6),
    "signup": (7, 8),
    "purchase": (9, 10),
    "add_to_cart": tuple(range(len(_FIXED_PAGES), len(PAGES))),
    "search": (11, 1),
}
PAGE_LIST = np.array([page for name in EVENT_TYPES for page in _PAGES_OF[name]], dtype=np.int16)
PAGE_COUNT = np.array([len(_PAGES_OF[name]) for name in EVENT_TYPES], dtype=np.uint64)
PAGE_FIRST = np.cumsum(PAGE_COUNT, dtype=np.int64) - PAGE_COUNT.astype(np.int64)
_SOURCE_PROFILE = np.array([[2 if kind in BUYING else at for kind in range(6)] for at in (0, 1)], np.uint8).ravel()
"""By referrer profile and event type: 2 for purchase and add_to_cart."""
_SOURCE = np.array([[own if drawn == 0 else drawn - 1 for own in range(6)] for drawn in range(7)], np.uint8).ravel()
"""By what was drawn (0: the user's own) and the user's referrer."""


@dataclass(frozen=True)
class EventTimes:
    """Events of some sessions in (session, sequence) order. place: the session's index. sequence: from 0."""

    place: I64
    sequence: I64
    random: U64
    instant: I64


class Events:
    """Cells of raw_events, apart from the event's rank."""

    def __init__(self, seed: int, weights: Weights) -> None:
        self.key = cell_key(seed, "raw_events", "timestamp,event_type,utm_source")
        self.page_key = cell_key(seed, "raw_events", "page_url")
        self.type_slots = given_table([list(weights[f"event_types.{tier}"].values()) for tier in TIERS])
        self.source_slots = given_table(_source_profiles(weights))

    def moments(self, cells: SessionCells) -> EventTimes:
        """Times: the first event at the session's start, then gaps of 1 µs + min(−2 min × ln(1−u), cap)."""
        place, sequence = expand_counts(cells.size)
        first = np.flatnonzero(sequence == 0)
        random = bits(self.key, (cells.row.take(place) << np.uint64(6)) + sequence.astype(np.uint64))
        gap = np.minimum(_exponential(random), cells.cap.take(place) - 1) + 1
        gap[first] = 0
        elapsed = np.cumsum(gap)
        instant = elapsed + (cells.start - elapsed.take(first)).take(place)
        return EventTimes(place, sequence, random, instant)

    def kind(self, random: U64, tier: Codes) -> Codes:
        """The event type by the user's tier."""
        return choose_given(self.type_slots, tier, lane(random, 2))

    def source(self, random: U64, kind: Codes, profile: Codes, referrer: Codes) -> Codes:
        """utm_source: mostly the user's referrer, else by the event type, else by the country's referrer profile."""
        profile = _SOURCE_PROFILE.take(profile * len(EVENT_TYPES) + kind)
        drawn = choose_given(self.source_slots, profile, lane(random, 3))
        return _SOURCE.take(drawn * len(REFERRERS) + referrer)

    def page(self, session: U64, sequence: I64, kind: Codes) -> NDArray[np.int16]:
        """Index into PAGES, even among the pages of the event type."""
        random = bits(self.page_key, (session << np.uint64(6)) + sequence.astype(np.uint64))
        which = ((random >> np.uint64(32)) * PAGE_COUNT.take(kind)) >> np.uint64(32)
        return PAGE_LIST.take(PAGE_FIRST.take(kind) + which.astype(np.int64))


def _source_profiles(weights: Weights) -> list[list[float]]:
    """Slot 0 is the user's own referrer; profiles: everywhere, Japan, purchase and add_to_cart."""
    profiles = []
    for others in (*referrer_profiles(weights), list(weights["buying_referrers"].values())):
        whole = reduce(add, others)  # from left to right: `sum` rounds otherwise from Python 3.12 on
        profiles.append([_OWN_REFERRER, *((1 - _OWN_REFERRER) * weight / whole for weight in others)])
    return profiles


def _exponential(random: U64) -> I64:
    """Microseconds: −ln(1−u) × 2 minutes from a table of 65,537 knots, u from two lanes."""
    knots = table("exponential_gaps")
    cell = lane(random, 0).astype(np.intp)
    low = knots.take(cell).astype(np.int64)
    return low + (((knots.take(cell + 1) - low) * lane(random, 1)) >> 16)
