"""Building blocks of columns, checked by arithmetic in Python's own integers and fractions, and by chi-square."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sbdk.core.errors import ConfigError
from sbdk.synth import columns
from sbdk.synth.cells import bits, cell_key, lane

RANDOM = bits(cell_key(7, "t", "c"), np.arange(200_000, dtype=np.uint64))
words = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)
some_weights = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=300).filter(
    lambda w: sum(w) > 1e-3
)


@given(words, st.integers(-(2**62), 2**62), st.integers(0, 2**62))
def test_integers_are_the_upper_half_of_the_product(random: list[int], low: int, width: int) -> None:
    made = columns.between(np.array(random, np.uint64), low, low + width)
    assert made.tolist() == [low + (word * (width + 1) >> 64) for word in random]


@given(words, st.integers(0, 2**64 - 1))
def test_a_span_for_each_row_works_like_one_for_all(random: list[int], span: int) -> None:
    made = columns.scaled(np.array(random, np.uint64), np.full(len(random), span, np.uint64))
    assert made.tolist() == [word * span >> 64 for word in random]


@given(some_weights)
def test_shares_fill_the_table_and_are_off_by_less_than_a_slot_or_two(weights: list[float]) -> None:
    shares = columns.apportion(weights)
    exact = [Fraction(weight) / sum(map(Fraction, weights)) * 65_536 for weight in weights]
    assert shares.sum() == 65_536
    small = sum(0 < share < 1 for share in exact)  # each takes a slot of its own, at the cost of the greatest
    assert all(abs(share - wanted) <= 1 + small for share, wanted in zip(shares.tolist(), exact, strict=True))
    assert all((share > 0) == (weight > 0) for share, weight in zip(shares.tolist(), weights, strict=True))


def test_choices_come_as_often_as_their_weights_say() -> None:
    weights = [40, 15, 12, 8, 10, 8, 7]
    codes = columns.choose(columns.lookup_table(weights), lane(RANDOM, 0))
    expected = np.array(weights) / 100 * len(RANDOM)
    assert stats.chisquare(np.bincount(codes, minlength=7), expected).pvalue > 1e-4


def test_a_choice_given_a_condition_uses_that_conditions_weights() -> None:
    condition = (np.arange(len(RANDOM)) % 2).astype(np.uint8)
    codes = columns.choose_given(columns.given_table([[1, 3], [0, 1]]), condition, lane(RANDOM, 0))
    assert set(codes[condition == 1].tolist()) == {1}
    assert stats.binomtest(int((codes[condition == 0] == 0).sum()), 100_000, 0.25).pvalue > 1e-4


def test_more_than_256_values_can_be_chosen_from() -> None:
    codes = columns.choose(columns.lookup_table([1] * 1000), lane(RANDOM, 2))
    assert set(codes.tolist()) == set(range(1000))


def test_multipliers_stay_relative() -> None:
    assert columns.multiplied([0.35, 0.25], ["google", "direct"], {"direct": 1.2}) == (0.35, 0.25 * 1.2)


@pytest.mark.parametrize(
    ("weights", "values", "complaint"),
    [
        ([1, 2], 3, "2 weights for 3 values"),
        ([1, -2], 2, "must not be negative"),
        ([1, float("nan")], 2, "finite"),
        ([1, float("inf")], 2, "finite"),
        ([1e308, 1e308], 2, "finite"),
        ([0, 0], 2, "above zero"),
        ([], 0, "above zero"),
        ([True, 1], 2, "finite number"),
    ],
)
def test_bad_weights_are_a_config_error_that_names_the_place(weights: list[float], values: int, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        columns.check_weights(weights, values, "orders.source.weights", file="shop.yml")
    assert caught.value.message.startswith("orders.source.weights: ")
    assert caught.value.file == "shop.yml"


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30))
def test_decimals_are_their_units(units: list[int]) -> None:
    made = columns.decimals(np.array(units, np.int64), 15, 2)
    assert made.to_pylist() == [Decimal(unit).scaleb(-2) for unit in units]
    made.validate(full=True)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_booleans_and_nulls_are_packed_in_order(pairs: list[tuple[bool, bool]]) -> None:
    data, valid = (np.array(part, bool) for part in zip(*pairs, strict=True))
    assert columns.booleans(data, valid).to_pylist() == [value if there else None for value, there in pairs]


def test_a_chance_of_nothing_never_happens_and_a_certain_one_always_does() -> None:
    assert not columns.chance(RANDOM, 0.0).any()
    assert columns.chance(RANDOM, 1.0).all()
    assert stats.binomtest(int(columns.chance(RANDOM, 0.3).sum()), len(RANDOM), 0.3).pvalue > 1e-4


def test_floats_stay_inside_and_are_uniform() -> None:
    made = columns.real(RANDOM, -2.0, 3.0)
    assert -2 <= made.min() <= made.max() < 3
    assert stats.kstest((made + 2) / 5, "uniform").pvalue > 1e-4


def test_steps_are_whole_steps_and_reach_the_upper_end() -> None:
    assert set(columns.steps(RANDOM, 10, 40, 15).tolist()) == {10, 25, 40}


@pytest.mark.parametrize(("size", "index"), [(128, pa.int8()), (129, pa.int16()), (40_000, pa.int32())])
def test_a_dictionary_has_the_smallest_index_that_holds_it(size: int, index: pa.DataType) -> None:
    values = [f"v{i}" for i in range(size)]
    made = columns.dictionary(np.arange(size, dtype=np.uint16), values)
    assert made.type == pa.dictionary(index, pa.string())
    assert made.to_pylist() == values
