"""The bar that buying stories must pass, so that exactly N orders lie before the anchor: found once, for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.datasets.saas.buyers import Buyers
from sbdk.datasets.saas.chunks import each_on_threads
from sbdk.datasets.saas.purchase_histories import Placed, Stories, StoryMaker

R = TypeVar("R")
CHUNK = 16_384
_SAMPLE = 16_384
_MARGIN = 1.02


@dataclass(frozen=True)
class Bar:
    """Stories below `limit` are there, and at it those up to (user, story), which keeps its first `keep` orders."""

    limit: float
    user: int
    story: int
    keep: int

    def admits(self, stories: Stories, placed: Placed) -> NDArray[np.bool_]:
        """Which of the orders are there."""
        known = (stories.user < self.user) | ((stories.user == self.user) & (stories.story <= self.story))
        story_there = (stories.threshold < self.limit) | ((stories.threshold == self.limit) & known)
        there: NDArray[np.bool_] = story_there.take(placed.which)
        own = np.flatnonzero((placed.user == self.user) & (placed.code >> 3 == self.story))
        by_time = own[np.lexsort((placed.code[own], placed.instant[own]))]
        there[by_time[self.keep :]] = False
        return there


def find_bar(maker: StoryMaker, buyers: Buyers, anchor: int, wanted: int) -> Bar:
    """The stories sorted by threshold, admitted until `wanted` of their orders lie before the anchor.

    Raises ConfigError if the users cannot have as many (one user of a single day, say).
    """
    limit = _guess(maker, buyers, anchor, wanted)
    while True:
        threshold, count, user, story = _stories_before(maker, buyers, anchor, limit)
        if (found := int(count.sum())) >= wanted:
            break
        if limit >= (ceiling := _ceiling(maker, wanted)):
            raise _impossible(maker.users.rows, wanted)
        limit = min(ceiling, limit * min(1.5, max(_MARGIN, wanted / max(found, 1) * _MARGIN)))
    order = np.argsort(threshold, kind="stable")
    running = np.cumsum(count.take(order), dtype=np.int64)
    at = int(np.searchsorted(running, wanted))
    last = order[at]
    keep = int(count[last]) - (int(running[at]) - wanted)
    return Bar(float(threshold[last]), int(user[last]), int(story[last]), keep)


def in_chunks(
    maker: StoryMaker, buyers: Buyers, users: int, limit: float, use: Callable[[Stories, Placed], R]
) -> Iterator[R]:
    """What `use` makes, on threads, of the stories of users 0..users−1 and their orders, a chunk of users at a time."""
    buyer = buyers.upto(users)

    def make(first: int) -> R:
        rows = np.arange(first, min(first + CHUNK, users), dtype=np.int64)
        return use(*maker.make(rows, buyer[first : first + CHUNK], limit))

    return each_on_threads(make, range(0, users, CHUNK))


def _guess(maker: StoryMaker, buyers: Buyers, anchor: int, wanted: int) -> float:
    """A limit that should just do: what a sample of the users yields, scaled. Only speed depends on it."""
    users = maker.users.rows
    rows = np.arange(0, users, max(1, users // _SAMPLE), dtype=np.int64)
    buyer = buyers.upto(users)[rows]
    limit = 4.0
    for _ in range(3):
        _, placed = maker.make(rows, buyer, limit)
        found = int((placed.instant < anchor).sum()) * users / len(rows)
        limit = min(limit * max(1e-6, wanted / max(found, 0.1)), _ceiling(maker, wanted))
    return limit * _MARGIN


def _ceiling(maker: StoryMaker, wanted: int) -> float:
    """No sensible world needs a limit like this: some 20 stories for each order wanted."""
    return 20.0 * wanted / maker.users.rows + 1000.0


def _stories_before(maker: StoryMaker, buyers: Buyers, anchor: int, limit: float) -> list[NDArray[Any]]:
    """Threshold, orders before the anchor, user and story of all stories up to `limit`."""

    def count(stories: Stories, placed: Placed) -> tuple[NDArray[Any], ...]:
        before = np.bincount(placed.which[placed.instant < anchor], minlength=len(stories.user))
        small = before.astype(np.uint8), stories.user.astype(np.uint32), stories.story.astype(np.uint32)
        return stories.threshold, *small

    return joined(in_chunks(maker, buyers, maker.users.rows, limit, count))


def joined(parts: Iterable[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    """Tuples of arrays put end to end, column by column, letting go of the parts."""
    columns = [list(column) for column in zip(*parts, strict=True)]
    whole = []
    while columns:
        whole.append(np.concatenate(columns.pop(0)))
    return whole


def _impossible(users: int, orders: int) -> ConfigError:
    return ConfigError(
        f"data_volume.orders: {users} users cannot have {orders} orders before end_date",
        hint="take more users or a longer time range",
    )
