"""Random bits: the published generator, a value for a row whatever is made beside it, and no visible pattern."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sbdk.synth.cells import below, bits, cell_key, lane, uniform

ROWS = np.arange(200_000, dtype=np.uint64)


def test_the_finaliser_is_splitmix64_as_published() -> None:
    # The sequence of seed 1234567 that implementations are checked against (Vigna's splitmix64.c, Rosetta Code).
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert bits(np.uint64(1234567), np.arange(1, 6, dtype=np.uint64)).tolist() == published


def splitmix64(state: int) -> int:
    """The finaliser in Python's own integers."""
    z = state % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_every_row_of_every_key_agrees_with_plain_integers(key: int, row: int) -> None:
    expected = splitmix64(row * 0x9E3779B97F4A7C15 + key)
    assert bits(np.uint64(key), np.array([row], np.uint64)).tolist() == [expected]


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50))
def test_a_row_has_the_same_bits_in_any_company(rows: list[int]) -> None:
    key = cell_key(42, "t", "c")
    together = bits(key, np.array(rows, np.uint64)).tolist()
    assert together == [bits(key, np.array([row], np.uint64))[0] for row in rows]


def test_the_key_of_a_column_is_the_same_in_another_process() -> None:
    code = "from sbdk.synth.cells import cell_key; print(int(cell_key(42, 'users', 'name')))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(other) == int(cell_key(42, "users", "name"))


def test_seed_table_and_column_each_change_the_key() -> None:
    keys = {int(cell_key(*place)) for place in [(1, "t", "c"), (2, "t", "c"), (1, "u", "c"), (1, "t", "d")]}
    assert len(keys) == 4


def test_uniforms_are_uniform() -> None:
    u = uniform(bits(cell_key(42, "t", "c"), ROWS))
    assert 0 <= u.min() <= u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("index", range(4))
def test_each_lane_of_a_hash_is_uniform(index: int) -> None:
    counts = np.bincount(lane(bits(cell_key(42, "t", "c"), ROWS), index) >> 8, minlength=256)
    assert stats.chisquare(counts).pvalue > 1e-4


def test_lanes_and_columns_are_independent_of_each_other() -> None:
    one, other = (bits(cell_key(42, "t", name), ROWS) for name in ("c", "d"))
    for a, b in [(lane(one, 0), lane(one, 1)), (lane(one, 0), lane(other, 0)), (lane(one, 0)[1:], lane(one, 0)[:-1])]:
        table, _, _ = np.histogram2d(a >> 12, b >> 12, bins=16)
        assert stats.chi2_contingency(table).pvalue > 1e-4


def test_integers_below_a_bound_stay_below_it_and_reach_its_ends() -> None:
    drawn = below(bits(cell_key(42, "t", "c"), ROWS), 7)
    assert stats.chisquare(np.bincount(drawn.astype(int), minlength=7)).pvalue > 1e-4
    assert below(np.array([0, 2**64 - 1], np.uint64), 10**9).tolist() == [0, 10**9 - 1]
