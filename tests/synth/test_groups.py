"""Rows per parent: located rows agree with plainly writing every parent's children down."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sbdk.synth.relations import Groups

COUNTS = {0: 10, 1: 50, 2: 30, 5: 10}


def written_down(groups: Groups, parents: int) -> list[tuple[int, int]]:
    counts = groups.of(np.arange(parents, dtype=np.uint64)).tolist()
    return [(parent, place) for parent, count in enumerate(counts) for place in range(count)]


@given(st.integers(0, 2**63), st.lists(st.integers(0, 3_000), max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_rows_in_any_order_find_their_parent_and_place(key: int, numbers: list[int]) -> None:
    groups = Groups(COUNTS, np.uint64(key))
    children = written_down(groups, 6_000)
    owner, place = groups.locate(np.array(numbers, np.uint64))
    assert list(zip(owner.tolist(), place.tolist(), strict=True)) == [children[number] for number in numbers]


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_children_before_a_parent_are_the_sum_of_those_before(parents: list[int]) -> None:
    groups = Groups(COUNTS, np.uint64(5))
    counts = groups.of(np.arange(2_001, dtype=np.uint64))
    assert groups.before_each(np.array(parents)).tolist() == [int(counts[:parent].sum()) for parent in parents]


def test_numbers_of_children_have_their_weights() -> None:
    counts = np.bincount(Groups(COUNTS, np.uint64(5)).of(np.arange(100_000, dtype=np.uint64)), minlength=6)
    assert stats.chisquare(counts[[0, 1, 2, 5]], [10_000, 50_000, 30_000, 10_000]).pvalue > 1e-4


def test_the_index_reaches_rows_far_beyond_the_first_stretch() -> None:
    groups = Groups({1: 1}, np.uint64(5))
    owner, place = groups.locate(np.array([10_000_000, 3], np.uint64))
    assert owner.tolist() == [10_000_000, 3]
    assert place.tolist() == [0, 0]
