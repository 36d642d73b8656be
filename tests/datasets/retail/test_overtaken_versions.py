"""Out of order: versions that come after a newer one of their own key, counted in the landing files line by line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from sbdk.synth.dirt import dirt_of
from sbdk.synth.streams import LandingSink, run_streams
from support.retail_worlds import START, retail

KEYS = {"stores": "store_id", "customers": "customer_id", "products": "product_id"}


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    world = retail()
    run_streams(world, dirt_of(world, 42, {}), LandingSink(folder), batches=288, tables=tuple(KEYS))
    return folder


def overtaken(folder, table: str) -> tuple[int, int, int]:
    """Updates received, those that came after a newer record, and those after a newer one of their own key."""
    newest: dict[int, str] = {}
    highest, seen, updates, any_, own = "", set(), 0, 0, 0
    for path in sorted((folder / table).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
                key, time = record[KEYS[table]], record["last_update_time"]
            except (ValueError, KeyError):
                continue
            if line in seen or len(time) < 19 or time == f"{START.isoformat()}.000000":
                continue
            seen.add(line)
            updates += 1
            any_ += time < highest
            own += time < newest.get(key, "")
            highest, newest[key] = max(highest, time), max(newest.get(key, ""), time)
    return updates, any_, own


@pytest.mark.parametrize("table", KEYS)
def test_most_records_that_are_out_of_order_overtake_their_own_key(landing, table):
    updates, any_, own = overtaken(landing, table)
    assert stats.binomtest(any_, updates, 0.05).pvalue > 1e-3
    assert own / any_ > 0.7
    assert own >= (50 if table != "stores" else 1)


@pytest.mark.parametrize("table", ["customers", "products"])
def test_some_updates_correct_one_of_the_last_four_records(table):
    """A fifth of the updates: apart from them an update of the same entity within four records is rare."""
    rows = retail().records(table)
    count = rows.before(rows.start + 86_400_000_000)
    keys = [row[KEYS[table]] for row in rows.rows(np.arange(count)).to_pylist()][rows.plan.initial :]
    again = sum(key in keys[max(0, at - 4) : at] for at, key in enumerate(keys))
    updates = {"customers": 0.9, "products": 0.995}[table]
    assert stats.binomtest(again, len(keys), 0.2 * updates).pvalue > 1e-3
