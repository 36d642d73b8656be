"""The fast tables against a slow oracle in plain Python, and whole sets of orders counted by hand."""

from collections import defaultdict

import pytest
from slow_saas import TIERS, SlowSaas, lane

USERS, EVENTS, ORDERS = 250, 1_200, 500


@pytest.fixture(scope="module")
def made(world, read):
    world_ = world(USERS, EVENTS, ORDERS)
    return {table: read(world_, table).to_pylist() for table in world_.tables}


@pytest.fixture(scope="module")
def slow(made, world) -> SlowSaas:
    sessions = max(event["session_id"] for event in made["raw_events"])
    return SlowSaas(42, world().settings.start, USERS, sessions)


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


def test_orders_are_those_of_the_stories_up_to_one_threshold(made, slow) -> None:
    """All stories by threshold, taken until the orders before the anchor are as many as wanted, the last one cut."""
    buyers = {
        event["user_id"] - 1 for event in made["raw_events"] if event["event_type"] in ("purchase", "add_to_cart")
    }
    stories = sorted(story for user in range(USERS) for story in possible(slow, user, user in buyers))
    chosen: list[tuple[int, int, int]] = []
    for _, user, story, size in stories:
        orders = [(user, story, place) for place in range(size)]
        orders = [order for order in orders if slow.order(*order, 2)["order_timestamp"].year == 2025]
        orders.sort(key=lambda order: slow.order(*order, 2)["order_timestamp"])
        chosen += orders[: ORDERS - len(chosen)]
        if len(chosen) == ORDERS:
            break
    by_user = defaultdict(list)
    for order in chosen:
        by_user[order[0]].append(order)
    rows = []
    for own in by_user.values():
        own.sort(key=lambda order: slow.order(*order, 2)["order_timestamp"])
        rows += [slow.order(*order, sequence) for sequence, order in enumerate(own, 1)]
    rows.sort(key=lambda row: row["order_timestamp"])
    assert made["raw_orders"] == [{"order_id": place, **row} for place, row in enumerate(rows, 1)]


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
