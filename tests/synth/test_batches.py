"""Row ranges to batches: order, sizes, bounded work ahead, errors and early ends."""

import threading
import time
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.synth.batches import in_batches


def numbers(start: int, stop: int) -> pa.RecordBatch:
    return pa.record_batch({"row": pa.array(range(start, stop), pa.int64())})


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 120), st.integers(1, 5), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_every_row_comes_once_in_order_in_batches_of_the_size_asked_for(
    start: int, rows: int, batch_size: int, threads: int, chunk: int
) -> None:
    made = list(in_batches(numbers, start, start + rows, batch_size=batch_size, threads=threads, chunk=chunk))
    assert [row for batch in made for row in batch["row"].to_pylist()] == list(range(start, start + rows))
    assert all(batch.num_rows == batch_size for batch in made[:-1])
    assert all(0 < batch.num_rows <= batch_size for batch in made)


def test_no_more_chunks_are_made_ahead_than_threads_and_one() -> None:
    made: list[int] = []
    batches = in_batches(_noting(made), 0, 1_000, batch_size=10, threads=2, chunk=10)
    next(batches)
    time.sleep(0.05)
    assert len(made) <= 4  # the one handed on, and three ahead
    batches.close()


def _noting(made: list[int]) -> Callable[[int, int], pa.RecordBatch]:
    def make(start: int, stop: int) -> pa.RecordBatch:
        made.append(start)
        return numbers(start, stop)

    return make


def test_whoever_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    batches = in_batches(numbers, 0, 10**6, batch_size=100, threads=3, chunk=100)
    next(batches)
    batches.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_chunk_comes_out_after_the_rows_before_it(threads: int) -> None:
    def make(start: int, stop: int) -> pa.RecordBatch:
        if start == 20:
            raise RuntimeError("chunk 20")
        return numbers(start, stop)

    seen: list[int] = []
    batches = in_batches(make, 0, 50, batch_size=10, threads=threads, chunk=10)
    with pytest.raises(RuntimeError, match="chunk 20"):
        seen.extend(row for batch in batches for row in batch["row"].to_pylist())
    assert seen == list(range(20))


def test_a_batch_size_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size"):
        list(in_batches(numbers, 0, 1, batch_size=0))
