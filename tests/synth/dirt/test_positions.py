"""Position p is a function of (seed, stream, p): any range, from any world that reaches so far, is the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.synth.dirt import Dirt, dirt_of
from sbdk.synth.dirt.stream import Stream
from support.dirty_days import DAY_US, only, retail

WORLD = retail()
HEAVY = {table: dict.fromkeys(defects, 0.3) for table, defects in WORLD.default_rates().items()}
WHOLE = {
    (name, table): Stream(WORLD, table, dirt).between(WORLD.start, WORLD.start + DAY_US)
    for name, dirt in (("default", dirt_of(WORLD, 42, {})), ("heavy", dirt_of(WORLD, 42, HEAVY)))
    for table in WORLD.tables
}


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.floats(0, 1), st.integers(0, 700), st.booleans())
def test_any_range_of_positions_is_that_part_of_the_whole(which, share, size, fresh):
    whole = WHOLE[which]
    start = int(share * whole.stop)
    stop = min(start + size, whole.stop)
    world = retail(days=3) if fresh else WORLD
    dirt = dirt_of(world, 42, HEAVY if which[0] == "heavy" else {})
    part = Stream(world, which[1], dirt).records(start, stop)
    assert part.column("position").to_pylist() == list(range(start, stop))
    assert part.column("record").to_pylist() == whole.lines.slice(start, stop - start).to_pylist()


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.lists(st.floats(0, 1), max_size=5))
def test_any_cut_of_virtual_time_puts_the_whole_together(which, cuts):
    whole = WHOLE[which]
    edges = [WORLD.start + int(cut * DAY_US) for cut in (0, *sorted(cuts), 1)]
    parts = [whole.stream.between(a, b) for a, b in pairwise(edges)]
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    assert [line for part in parts for line in part.lines.to_pylist()] == whole.lines.to_pylist()


def test_emission_times_ascend():
    for chunk in WHOLE.values():
        assert (chunk.span.at[1:] >= chunk.span.at[:-1]).all()
        assert (chunk.span.at >= chunk.stream.source.times(chunk.span.row)).all()


def test_every_record_comes_once_and_duplicates_once_more():
    chunk = WHOLE["heavy", "customers"]
    first = chunk.span.row[chunk.span.copy == 0].tolist()
    assert len(first) == len(set(first))
    old = [row for row in first if row < 4_000]
    assert sorted(old) == list(range(4_000))
    second = chunk.span.row[chunk.span.copy == 1].tolist()
    assert set(second) <= set(first)
    assert len(second) == len(set(second))


def test_a_far_range_needs_no_look_at_what_came_before():
    """A billion sales on: made in a moment, and consistent with its neighbour."""
    stream = Stream(retail(), "sales", Dirt(42, {"sales": {"duplicate": 0.01, "late": 0.001}}))
    far = stream.deliveries.positions(20_000_000, 20_000_300)
    assert far.row.tolist() == stream.deliveries.positions(19_999_900, 20_000_400).row.tolist()[100:400]


@pytest.mark.parametrize("rate", [0.0, 0.001, 1 / 3, 0.7, 1.0])
def test_duplicates_are_counted_without_being_listed(rate):
    from sbdk.synth.dirt.delivery_order import Duplicates

    duplicates = Duplicates(only(WORLD, sales={"duplicate": rate}).of("sales"))
    listed = duplicates.in_range(0, 10_000)
    assert abs(listed.sum() - 10_000 * rate) <= 500 * min(rate, 1 - rate) + 1
    for row in (0, 1, 999, 1024, 5_000, 10_000):
        assert duplicates.before(row) == listed[:row].sum()
