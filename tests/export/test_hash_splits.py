"""The content hash of a table does not know how the table was made, and notices everything that was done to it."""

from __future__ import annotations

import random
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.export import ContentHash, content_hash
from sbdk.export.content_hash import hash_batch
from support.export_worlds import SCHEMA, TinyWorld, row

ROWS = 300
WORLD = TinyWorld(things=ROWS)
WHOLE = content_hash(WORLD.tables["things"].batches(), SCHEMA)
NUMBERS = [row(number) for number in range(ROWS)]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, ROWS + 1), st.randoms(use_true_random=False))
def test_batch_size_and_order_do_not_matter(size: int, chance: random.Random) -> None:
    batches = list(WORLD.tables["things"].batches(batch_size=size))
    chance.shuffle(batches)
    assert content_hash(batches, SCHEMA) == WHOLE


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(len(SCHEMA))))
def test_the_order_of_columns_does_not_matter(order: list[int]) -> None:
    names = [SCHEMA.names[place] for place in order]
    assert content_hash((batch.select(names) for batch in WORLD.tables["things"].batches()), SCHEMA) == WHOLE


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, ROWS), max_size=6))
def test_the_hash_of_a_table_is_the_sum_of_its_slices(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), ROWS]
    total = ContentHash()
    for start, stop in pairwise(bounds):
        total += sum((hash_batch(batch) for batch in WORLD.tables["things"].batches(start, stop)), ContentHash())
    assert (str(total), total.rows) == (WHOLE, ROWS)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, ROWS - 1), st.sampled_from(SCHEMA.names))
def test_one_changed_cell_is_found(number: int, column: str) -> None:
    value = NUMBERS[number][column]
    twin = next(other[column] for other in NUMBERS if other[column] != value)
    changed = [*NUMBERS]
    changed[number] = {**NUMBERS[number], column: twin}
    assert _hash(changed) != WHOLE


@settings(deadline=None, max_examples=60)
@given(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1), st.sampled_from(SCHEMA.names))
def test_two_swapped_cells_are_found(one: int, other: int, column: str) -> None:
    rows = [dict(cells) for cells in NUMBERS]
    rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
    assert (_hash(rows) == WHOLE) == (NUMBERS[one][column] == NUMBERS[other][column] or one == other)


@pytest.mark.parametrize("number", [0, 17, ROWS - 1])
def test_a_doubled_and_a_lost_row_are_found_even_together(number: int) -> None:
    assert _hash([*NUMBERS, NUMBERS[number]]) != WHOLE
    lost = [cells for cells in NUMBERS if cells["id"] != number + 1]
    assert _hash(lost) != WHOLE
    assert _hash([*lost, NUMBERS[(number + 5) % ROWS]]) != WHOLE


def test_two_swapped_columns_are_found() -> None:
    swapped = [{**cells, "text": cells["mail"], "mail": cells["text"] or ""} for cells in NUMBERS]
    assert _hash(swapped) != WHOLE


def test_a_row_that_stands_there_twice_is_not_cancelled_out() -> None:
    """As it would be if the hashes were joined by exclusive or."""
    assert _hash([*NUMBERS, NUMBERS[3], NUMBERS[3]]) != WHOLE


def _hash(rows: list[dict[str, object]]) -> str:
    return content_hash([pa.RecordBatch.from_pylist(rows, SCHEMA)], SCHEMA)
