"""Buying stories: which a user may have, each with the threshold at which it comes to be, and their orders.

Story r of user u is there if (r + 1 − h(u)) / likelihood(u) ≤ c, with h even over [0, 1): floor(c × likelihood + h)
stories a user.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import bits, cell_key
from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.groups import spread
from sbdk.datasets.saas.orders import Orders
from sbdk.datasets.saas.users import Users

_TIER_LIKELIHOOD = np.array([1.0, 1.3, 1.6, 2.0])
_BUYER = 1.5


@dataclass(frozen=True)
class Stories:
    """Stories of some users in (user, story) order."""

    threshold: NDArray[np.float64]
    user: I64
    story: I64


@dataclass(frozen=True)
class Placed:
    """Orders in (user, story, place) order; `which` is the story's place in its Stories, `delay` from the sign-up."""

    which: I64
    user: I64
    code: I64
    delay: I64
    instant: I64


class StoryMaker:
    """Makes the stories of any users, given who of them is a buyer and the highest threshold wanted."""

    def __init__(self, seed: int, users: Users, orders: Orders) -> None:
        self.users = users
        self.orders = orders
        self._half = cell_key(seed, "raw_orders", "stories")

    def make(self, rows: I64, buyer: NDArray[np.bool_], limit: float) -> tuple[Stories, Placed]:
        """All stories of the users `rows` with a threshold up to `limit`, and their orders."""
        unsigned = rows.astype(np.uint64)
        tier = self.users.tier(self.users.traits(unsigned))
        likelihood = self.users.purchase(unsigned) * _TIER_LIKELIHOOD.take(tier) * np.where(buyer, _BUYER, 1.0)
        half = (bits(self._half, unsigned) >> np.uint64(32)).astype(np.float64) * 2.0**-32
        who, story = spread((likelihood * limit + half).astype(np.int64) + 1)
        threshold = (story + 1 - half.take(who)) / likelihood.take(who)
        there = np.flatnonzero(threshold <= limit)
        who, stories = who.take(there), Stories(threshold.take(there), rows.take(who.take(there)), story.take(there))
        which, place = spread(self.orders.story_sizes(stories.user, stories.story, tier.take(who)))
        code = (stories.story.take(which) << 3) + place
        owner = who.take(which)
        delay = self._delay(rows, owner, code)
        instant = self.users.created_at(unsigned).take(owner) + delay
        return stories, Placed(which, rows.take(owner), code, delay, instant)

    def instants(self, user: I64, code: I64) -> I64:
        """When the given orders happen, in microseconds since 1970."""
        return self.users.created_at(user.astype(np.uint64)) + self._delay(user, np.arange(len(user)), code)

    def _delay(self, rows: I64, owner: I64, code: I64) -> I64:
        """From the sign-up to each order: `owner` is the place of its user in `rows`."""
        first = self.orders.first_delay(rows)
        delay = self.orders.later_delay(rows.take(owner), code, first, owner)
        opening = np.flatnonzero(code == 0)
        delay[opening] = first.take(owner.take(opening))
        return delay
