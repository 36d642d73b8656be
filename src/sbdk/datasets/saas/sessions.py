"""Sessions as pure cells: start, user, number of events, device and browser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.saas.arrivals import Arrivals
from sbdk.datasets.saas.distributions import Weights, table
from sbdk.datasets.saas.users import Users
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import choose, lookup_table
from sbdk.synth.columns.choice import Codes
from sbdk.synth.timeline import HOUR, I64, Calendar

LONGEST = 50 * 60_000_000
"""Microseconds: no session lasts longer, since gaps are at most the planned duration over the number of events."""
ROUNDS = 32
_HALF_MINUTE = 30_000_000
_TIER_HALVES = np.array([2, 3, 4, 5], dtype=np.int64)
"""Planned duration × 1, 1.5, 2, 2.5 by tier, in halves."""
_HOURS = np.array([3, 2, 2, 2, 2, 3, 5, 8, 12, 15, 16, 16, 15, 16, 16, 15, 14, 13, 13, 14, 14, 12, 8, 5], np.int64)
_DAYS = np.array([11, 11, 11, 11, 10, 7, 8], dtype=np.int64)
"""Rhythm of a day in UTC and of a week from Monday on."""


@dataclass(frozen=True)
class SessionCells:
    """Some sessions, an array each: `size` events planned and kept, `cap` the longest gap in microseconds."""

    row: U64
    size: I64
    start: I64
    user: I64
    tier: Codes
    traits: U64
    user_traits: U64
    duration: I64
    cap: I64


class Sessions:
    """Cells of sessions by 0-based rank of their start; `set_count` says how many start before the anchor."""

    def __init__(self, seed: int, users: Users, weights: Weights) -> None:
        self.users = users
        self._seed = seed
        base = users.arrivals.calendar
        self._weekday = users.weekday
        self.present = np.zeros(1, dtype=np.int64)
        self.calendar = Calendar(base.start, base.anchor, self._weigh)
        self.size_key = cell_key(seed, "sessions", "size")
        self.user_key = cell_key(seed, "sessions", "user_id")
        self.traits_key = cell_key(seed, "sessions", "device_type,browser,duration")
        self.device_slots = lookup_table(list(weights["devices"].values()))
        self.browser_slots = lookup_table(list(weights["browsers"].values()))
        self.shortened_from = 0
        self.shortened: I64 = np.zeros(0, dtype=np.int64)
        self.rows = 0

    def _weigh(self, first: int, last: int) -> I64:
        """Rhythm × users present at the start of the hour; `present` is kept one hour further."""
        hours = np.arange(first, last + 1, dtype=np.int64)
        present = self.users.present(hours)
        self.present = np.concatenate([self.present[:first], present])
        hours = hours[:-1]
        return _HOURS.take(hours % 24) * _DAYS.take((hours // 24 + self._weekday) % 7) * present[:-1]

    def set_count(self, rows: int) -> None:
        """Set how many sessions start before the anchor."""
        self.rows = rows
        self.arrivals = Arrivals(self.calendar, rows, cell_key(self._seed, "sessions", "start"))

    def planned(self, rows: U64) -> I64:
        """max(1, floor(Gamma(2, 2))) events, by the alias method."""
        random = bits(self.size_key, rows)
        thresholds, alias = table("session_sizes")
        slot = (random >> np.uint64(58)).astype(np.intp)
        part = ((random >> np.uint64(26)) & np.uint64(0xFFFF_FFFF)).astype(np.int64)
        alternative = alias.take(slot)
        planned: I64 = alternative + (slot - alternative) * (part < thresholds.take(slot))
        return planned

    def kept(self, rows: U64, planned: I64) -> I64:
        """The number of events: as planned, except in the last sessions before the anchor, cut so that N is exact."""
        place = rows.astype(np.int64) - self.shortened_from
        cut = (place >= 0) & (place < len(self.shortened))
        if not cut.any():
            return planned
        size = planned.copy()
        size[cut] = self.shortened.take(place[cut])
        return size

    def cells(self, rows: U64) -> SessionCells:
        """All cells of the given sessions."""
        planned = self.planned(rows)
        hour, inside = self.arrivals.hours(rows)
        user = self._user(rows, hour, inside)
        user_traits = self.users.traits(user.astype(np.uint64))
        tier = self.users.tier(user_traits)
        traits = bits(self.traits_key, rows)
        duration = self._minutes(traits) * _TIER_HALVES.take(tier)
        start = hour * HOUR + inside + self.calendar.start
        cap = duration * _HALF_MINUTE // planned
        return SessionCells(rows, self.kept(rows, planned), start, user, tier, traits, user_traits, duration, cap)

    def reach(self, rows: U64) -> I64:
        """An upper bound of the time from the start to the last event: the gaps of a platinum user."""
        planned = self.planned(rows)
        return self._minutes(bits(self.traits_key, rows)) * (5 * _HALF_MINUTE) // planned * (planned - 1)

    def _minutes(self, traits: U64) -> I64:
        return ((lane(traits, 2).astype(np.int64) * 19) >> 16) + 2

    def _user(self, rows: U64, hour: I64, inside: I64) -> I64:
        """A present user, in proportion to activity: draw evenly, accept with that probability, else draw again.

        Users of the running hour take part once they have signed up. After 32 rounds (8e-12 of all) the draw stands,
        among those of earlier hours.
        """
        present = self.present
        low, high = present.take(hour), present.take(hour + 1)
        user = np.empty(len(rows), dtype=np.int64)
        open_ = np.arange(len(rows))
        for turn in range(ROUNDS):
            random = bits(self.user_key, rows.take(open_) * np.uint64(ROUNDS) + np.uint64(turn))
            drawn = (((random >> np.uint64(32)) * high.take(open_).astype(np.uint64)) >> np.uint64(32)).astype(np.int64)
            chance = (random & np.uint64(0xFFFF_FFFF)).astype(np.float64) * 2.0**-32
            accepted = chance < self.users.activity(drawn.astype(np.uint64))
            self._drop_users_not_signed_up(accepted, drawn, low.take(open_), inside.take(open_))
            user[open_] = drawn
            open_ = open_[~accepted]
            if not len(open_):
                return user
        user[open_] %= low.take(open_)
        return user

    def _drop_users_not_signed_up(self, accepted: NDArray[np.bool_], drawn: I64, low: I64, inside: I64) -> None:
        late = np.flatnonzero(accepted & (drawn >= low))
        if len(late):
            _, signed_up = self.users.arrivals.hours(drawn.take(late).astype(np.uint64))
            accepted[late] = signed_up < inside.take(late)

    def device(self, traits: U64) -> Codes:
        return choose(self.device_slots, lane(traits, 0))

    def browser(self, traits: U64) -> Codes:
        return choose(self.browser_slots, lane(traits, 1))
