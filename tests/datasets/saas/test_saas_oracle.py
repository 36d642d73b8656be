"""The fast tables against a slow oracle in plain Python, and whole sets of orders counted by hand."""

from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from support.slow_saas import TIERS, SlowSaas, lane, moment

ANCHOR = datetime(2026, 1, 1)
USERS, EVENTS, ORDERS = 250, 1_200, 500


@pytest.fixture(scope="module", params=[365, 800], ids=["one year", "800 days"])
def days(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def fast(world, days):
    return world(USERS, EVENTS, ORDERS, start=ANCHOR - timedelta(days=days))


@pytest.fixture(scope="module")
def made(fast, read):
    return {table: read(fast, table).to_pylist() for table in fast.tables}


@pytest.fixture(scope="module")
def slow(made, days) -> SlowSaas:
    sessions = max(event["session_id"] for event in made["raw_events"])
    return SlowSaas(42, ANCHOR - timedelta(days=days), days, USERS, sessions)


def test_every_user(made, slow) -> None:
    assert made["raw_users"] == [slow.user(row) for row in range(USERS)]


def test_every_event_of_every_session_but_the_last_few(made, slow) -> None:
    sessions = defaultdict(list)
    for event in made["raw_events"]:
        sessions[event["session_id"]].append({name: value for name, value in event.items() if name != "event_id"})
    last = len(sessions) - 20
    for session in range(last):
        assert sessions[session + 1] == slow.session(session)
    cut = [slow.session(session)[: len(sessions[session + 1])] for session in range(last, len(sessions))]
    assert cut == [sessions[session + 1] for session in range(last, len(sessions))]


@pytest.mark.parametrize("later", [0, 100])
def test_orders_are_those_of_the_stories_up_to_one_threshold(fast, slow, read, later) -> None:
    """All stories by threshold, taken until the orders before the anchor are as many as wanted, the last one cut."""
    clock = ANCHOR + timedelta(days=later)
    bought = buyers(fast, slow, read, fast.tables["raw_users"].count(clock))
    stories = sorted(story for user in range(USERS) for story in possible(slow, user, user in bought))
    chosen: list[tuple[int, int, int]] = []
    for threshold, user, story, size in stories:
        orders = sorted(((user, story, place) for place in range(size)), key=lambda order: when(slow, order))
        before = [order for order in orders if when(slow, order) < ANCHOR]
        wanted = ORDERS - sum(when(slow, order) < ANCHOR for order in chosen)
        chosen += orders if len(before) < wanted else before[:wanted]
        if len(before) >= wanted:
            bar = threshold
            break
    for newcomer in range(USERS, fast.tables["raw_users"].count(clock)):
        for threshold, user, story, size in possible(slow, newcomer, newcomer in bought):
            chosen += [(user, story, place) for place in range(size) if threshold < bar]
    by_user = defaultdict(list)
    for order in sorted(chosen, key=lambda order: when(slow, order)):
        by_user[order[0]].append(order)
    rows = [slow.order(*order, place) for own in by_user.values() for place, order in enumerate(own, 1)]
    rows = sorted((row for row in rows if row["order_timestamp"] < clock), key=lambda row: row["order_timestamp"])
    assert later == 0 or len(rows) > ORDERS + 50
    wanted_rows = [{"order_id": place, **row} for place, row in enumerate(rows, 1)]
    assert read(fast, "raw_orders", clock=clock).to_pylist() == wanted_rows


def when(slow: SlowSaas, order: tuple[int, int, int]) -> datetime:
    return slow.order(*order, 2)["order_timestamp"]


def buyers(fast, slow: SlowSaas, read, users: int) -> set[int]:
    """Users with a purchase or add_to_cart before the end of the block year of their sign-up."""
    found = set()
    year = timedelta(days=365)
    for event in read(fast, "raw_events", clock=ANCHOR + year).to_pylist():
        user = event["user_id"] - 1
        if user < users and event["event_type"] in ("purchase", "add_to_cart"):
            signed_up = moment(slow.signup.instant(user))
            if event["timestamp"] < ANCHOR + ((signed_up - ANCHOR) // year + 1) * year:
                found.add(user)
    return found


def possible(slow: SlowSaas, user: int, buyer: bool) -> list[tuple[float, int, int, int]]:
    """(threshold, user, story, orders) of a user's first 40 stories."""
    tier = slow.traits(user)[0]
    likelihood = slow.propensities(user)[1] * [1.0, 1.3, 1.6, 2.0][tier] * (1.5 if buyer else 1.0)
    half = (slow.cell("raw_orders", "stories", user) >> 32) * 2.0**-32
    weights = {"bronze": (80, 15), "silver": (60, 30), "gold": (40, 40), "platinum": (20, 30)}[TIERS[tier]]
    found = []
    for story in range(40):
        random = slow.cell("raw_orders", "story", (user << 32) + story * 8)
        share = lane(random, 0) / 65_536 * 100
        size = 1 if share < weights[0] else 2 + lane(random, 1) * 3 // 65_536
        if share >= weights[0] + weights[1]:
            size = 3 + lane(random, 1) * 6 // 65_536
        found.append(((story + 1 - half) / likelihood, user, story, size))
    return found
