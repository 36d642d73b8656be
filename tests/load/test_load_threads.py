"""Items fetched by threads arrive as they were yielded: all of them, in order, one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.load.evaluation import MOST_ROWS, _threaded

ITEMS = st.lists(st.one_of(st.dictionaries(st.sampled_from("ab"), st.integers()), st.lists(st.integers()), st.text()))


def drain(rows):
    """What dlt's loop does: run each function that comes in a pool, and unpack the iterator it returns."""
    received = []
    with ThreadPoolExecutor(1) as pool:
        for fetch in rows:
            if fetch is not None:
                received.extend(pool.submit(fetch).result() or ())
    return received


@given(items=ITEMS)
def test_every_item_in_order(items):
    assert drain(_threaded(item for item in items)) == items


def test_many_rows_come_in_few_trips():
    trips = [fetch() for fetch in _threaded({"i": i} for i in range(10 * MOST_ROWS))]
    assert sum(len(list(trip)) for trip in trips if trip) == 10 * MOST_ROWS


def test_a_generator_that_is_busy_is_not_entered_twice():
    rows = _threaded({"i": i} for i in range(3))
    assert callable(next(rows))
    assert next(rows) is None


def test_the_users_generator_is_closed_when_dlt_stops():
    closed = []

    def rows():
        try:
            yield {"i": 1}
            yield "stop here"
            yield {"i": 2}
        finally:
            closed.append(True)

    threaded = _threaded(rows())
    assert list(next(threaded)()) == [{"i": 1}, "stop here"]
    threaded.close()
    assert closed == [True]


def test_an_error_reaches_the_caller():
    def rows():
        yield {"i": 1}
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        drain(_threaded(rows()))
