"""Batches into a kept table: a function of the set of events, bounded if asked to, nothing written twice."""

from __future__ import annotations

from typing import Any

import duckdb
from hypothesis import strategies as st

from sbdk.cdc import apply_changes_into
from support.changes_oracle import Bounded, Event, Rules, by_key, table
from support.claims import claim
from support.feeds import arrow, events, options, rows, rules

chances = st.randoms(use_true_random=False)


def batches(feed: list[Event], chance: Any) -> list[list[Event]]:
    cuts = sorted(chance.randint(0, len(feed)) for _ in range(3))
    return [feed[a:b] for a, b in zip([0, *cuts], [*cuts, len(feed)], strict=True)]


def kept(connection: duckdb.DuckDBPyConnection, name: str = "kept") -> list[tuple[Any, ...]]:
    return rows(connection.sql(f"from {name}").to_arrow_table())


def placed(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """All rows with their place in the file: a row that is written anew gets another."""
    return [connection.execute(f"select rowid, * from {name} order by 1").fetchall() for name in ("kept", "kept__log")]


@claim(20, 1_000, events(), rules(), chances)
def test_any_order_repetition_and_batches_make_the_table_of_a_fold(feed: list[Event], rule: Rules, chance: Any) -> None:
    told = feed + chance.sample(feed, chance.randint(0, len(feed)))
    chance.shuffle(told)
    with duckdb.connect(config={"threads": 1}) as connection:
        counts = [apply_changes_into(connection, "kept", arrow(b), **options(rule)) for b in batches(told, chance)]
        assert kept(connection) == table(feed, rule)
        log = connection.execute("select count(*), count(distinct (id, __sequence)) from kept__log").fetchall()[0]
        assert log == (len({(e["key"], e["seq"]) for e in feed}),) * 2
        assert len(told) == log[0] + sum(c.duplicates + c.ties for c in counts)
        assert all(c.refused_late == 0 for c in counts)


@claim(20, 1_000, events(truncates=True), rules(1), chances)
def test_truncates_come_in_any_order_too(feed: list[Event], rule: Rules, chance: Any) -> None:
    chance.shuffle(feed)
    with duckdb.connect(config={"threads": 1}) as connection:
        for batch in batches(feed, chance):
            apply_changes_into(connection, "kept", arrow(batch), **options(rule, truncates=True))
        assert kept(connection) == table(feed, rule)


@claim(15, 1_000, events(), rules(), chances)
def test_a_redelivery_writes_nothing(feed: list[Event], rule: Rules, chance: Any) -> None:
    told = [e for events in by_key(feed).values() for e in events]  # without losers of ties: those are told as ties
    with duckdb.connect(config={"threads": 1}) as connection:
        for batch in batches(told, chance):
            apply_changes_into(connection, "kept", arrow(batch), **options(rule))
        before = placed(connection)
        again = chance.sample(told, len(told))
        counts = apply_changes_into(connection, "kept", arrow(again), **options(rule))
        assert placed(connection) == before
        assert (counts.inserted, counts.closed, counts.ties, counts.duplicates) == (0, 0, 0, len(again))


@claim(20, 1_000, events(), rules(), chances)
def test_keys_without_news_keep_their_rows(feed: list[Event], rule: Rules, chance: Any) -> None:
    first, second = feed[: len(feed) // 2], feed[len(feed) // 2 :]
    with duckdb.connect(config={"threads": 1}) as connection:
        apply_changes_into(connection, "kept", arrow(first), **options(rule))
        before = placed(connection)
        apply_changes_into(connection, "kept", arrow(second), **options(rule))
        news = {e["key"] for e in second}
        for old, new in zip(before, placed(connection), strict=True):
            assert {row for row in old if row[1] not in news} <= set(new)


@claim(20, 1_000, events(), rules(), st.integers(0, 8), chances)
def test_lateness_refuses_counts_and_bounds_the_log(feed: list[Event], rule: Rules, lateness: int, chance: Any) -> None:
    oracle = Bounded(lateness)
    with duckdb.connect(config={"threads": 1}) as connection:
        for batch in batches(feed, chance):
            refused = oracle.add(batch)
            counts = apply_changes_into(connection, "kept", arrow(batch), **options(rule), lateness=lateness)
            assert counts.refused_late == refused
            assert kept(connection) == table(oracle.accepted, rule)
            check_bounded(connection, oracle)


@claim(20, 1_000, events(truncates=True), rules(1), st.integers(0, 8), chances)
def test_lateness_goes_with_truncates(feed: list[Event], rule: Rules, lateness: int, chance: Any) -> None:
    oracle = Bounded(lateness)
    with duckdb.connect(config={"threads": 1}) as connection:
        for batch in batches(feed, chance):
            oracle.add(batch)
            apply_changes_into(connection, "kept", arrow(batch), **options(rule, truncates=True), lateness=lateness)
            assert kept(connection) == table(oracle.accepted, rule)
            check_bounded(connection, oracle)


def check_bounded(connection: duckdb.DuckDBPyConnection, oracle: Bounded) -> None:
    """At most one row for each key, one for each place in the window, and the horizon."""
    (log,) = connection.execute("select count(*) from kept__log").fetchall()[0]
    places = {(e["key"], e["seq"]) for e in oracle.accepted}
    window = [place for place in places if oracle.horizon is not None and place[1] >= oracle.horizon]
    assert log <= len({key for key, _ in places if key is not None}) + len(window) + (oracle.horizon is not None)


@claim(15, 500, events(), rules(), st.lists(st.sampled_from([None, 0, 3, 9]), min_size=4, max_size=4), chances)
def test_a_lateness_that_changes_never_brings_back_what_was_forgotten(
    feed: list[Event], rule: Rules, latenesses: list[int | None], chance: Any
) -> None:
    oracle = Bounded(0)
    with duckdb.connect(config={"threads": 1}) as connection:
        for batch, lateness in zip(batches(feed, chance), latenesses, strict=True):
            oracle.horizon = horizon_before(oracle, lateness)
            fits = [e for e in batch if oracle.horizon is None or e["seq"] >= oracle.horizon]
            oracle.accepted += fits
            apply_changes_into(connection, "kept", arrow(batch), **options(rule), lateness=lateness)
            oracle.horizon = horizon_before(oracle, lateness)
            assert kept(connection) == table(oracle.accepted, rule)


def horizon_before(oracle: Bounded, lateness: int | None) -> int | None:
    """A shorter lateness than before, or the first, moves the horizon on before the batch; none moves it back."""
    if lateness is None or not oracle.accepted:
        return oracle.horizon
    behind = max(e["seq"] for e in oracle.accepted) - lateness
    return behind if oracle.horizon is None else max(oracle.horizon, behind)
