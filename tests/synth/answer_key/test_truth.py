"""The answer key agrees with a pipeline written by hand that has seen the emitted lines only."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from sbdk.datasets.answer_key import emitted_positions, write_truth
from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.datasets.retail.settings import DIRT
from sbdk.datasets.retail.truth import scd1, scd2, windows
from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.datasets.union import Datasets
from sbdk.spec.data_set_sections import StreamSettings
from sbdk.spec.world import WorldSettings
from sbdk.synth.answer_key import buckets, defects
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.stream import Stream
from support import slow_pipeline
from support.slow_pipeline import KEY

START = datetime(2026, 1, 1)
HEAVY = {
    "sales": {
        "return": 0.2,
        "negative_discount": 0.1,
        "late": 0.05,
        "orphan": 0.05,
        "duplicate": 0.2,
        "malformed": 0.05,
    },
    "customers": {"missing_email": 0.2, "duplicate": 0.2, "malformed": 0.05, "out_of_order": 0.4},
    "products": {"duplicate": 0.2, "malformed": 0.05, "out_of_order": 0.4},
    "stores": {"missing_manager": 0.2, "duplicate": 0.2, "malformed": 0.1, "out_of_order": 0.4},
}


class Case:
    """A world, its dirt, what it emitted, and what the slow pipeline made of that."""

    def __init__(self, seed: int, hours: int, rates: dict[str, dict[str, float]], **streams: object) -> None:
        settings = WorldSettings(seed, START, START + timedelta(hours=hours), {})
        self.world = RetailDataset(settings, StreamSettings.model_validate(streams))
        self.dirt = dirt_of(self.world, seed, rates)
        self.stops = emitted_positions(self.world, self.dirt)
        self.lines = {
            table: Stream(self.world, table, self.dirt).records(0, stop).column("record").to_pylist()
            for table, stop in self.stops.items()
        }
        self.slow = slow_pipeline.run(self.lines)


CASES = {
    "default": lambda: Case(42, 24, {}),
    "heavy": lambda: Case(1, 8, HEAVY),
    "no latency": lambda: Case(3, 4, HEAVY, latency_max_s=0),
    "one sale a batch": lambda: Case(5, 24, HEAVY, sales_per_batch=1),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.mark.parametrize("table", KEY)
def test_each_record_is_in_the_bucket_it_belongs_in(case, table):
    truth = buckets(case.world, case.dirt, table, 0, case.stops[table], seen=case.stops)
    assert truth.column("bucket").to_pylist() == case.slow.bucket[table]
    assert truth.column("position").to_pylist() == list(range(case.stops[table]))


@pytest.mark.parametrize("table", ["stores", "customers", "products"])
def test_scd_2_and_1_are_those_of_a_fold(case, table):
    truth = scd2(case.world, case.dirt, table, 0, case.stops[table]).to_pylist()
    expected = [{**version, "valid_from": a, "valid_to": b} for version, a, b in case.slow.scd2[table]]
    assert truth == expected
    current = [version for version, _, end in case.slow.scd2[table] if end is None]
    assert scd1(case.world, case.dirt, table, 0, case.stops[table]).to_pylist() == current


@pytest.mark.parametrize("table", ["stores", "customers"])
def test_scd_as_of_a_time_knows_nothing_later(case, table):
    moment = START + timedelta(hours=3, minutes=1)
    truth = scd2(case.world, case.dirt, table, 0, case.stops[table], as_of=moment).to_pylist()
    known = [(version, a, b) for version, a, b in case.slow.scd2[table] if a <= moment]
    assert truth == [{**v, "valid_from": a, "valid_to": None if b and b > moment else b} for v, a, b in known]


def test_windows_are_those_of_a_fold(case):
    truth = windows(case.world, case.dirt, 0, case.stops["sales"], seen=case.stops).to_pylist()
    names = ("sales", "quantity", "sales_amount", "returns", "returned_quantity", "returned_amount")
    assert {(r["store_id"], r["window_start"]): [r[n] for n in names] for r in truth} == case.slow.windows
    assert all(r["window_end"] - r["window_start"] == timedelta(minutes=10) for r in truth)
    assert all(r["net_amount"] == r["sales_amount"] - r["returned_amount"] for r in truth)


@pytest.mark.parametrize("table", KEY)
def test_what_a_reader_can_see_is_what_the_truth_says(case, table):
    """Duplicates, returns, missing and negative values, lateness and order, found again in the lines."""
    truth = defects(case.world, case.dirt, table, 0, case.stops[table], seen=case.stops).to_pylist()
    said = Counter((row["defect"], row["position"]) for row in truth)
    assert max(said.values()) == 1 or table == "sales"  # a sale may lack two parents
    seen, highest, found, first = set(), datetime.min, Counter(), {}
    time = "event_time" if table == "sales" else "last_update_time"
    first_positions = {row["position"]: row["first_position"] for row in truth if row["defect"] == "duplicate"}
    for position, line in enumerate(case.lines[table]):
        record = slow_pipeline.typed(table, line)
        if record is None:
            found["malformed", position] += 1
            continue
        for name, column in (("missing_email", "email"), ("missing_manager", "manager")):
            found[name, position] += column in record and record[column] is None
        found["return", position] += record.get("quantity", 0) < 0
        found["negative_discount", position] += record.get("discount_applied", 0) < 0
        if line in seen:
            found["duplicate", position] += 1
            assert first_positions[position] == first[line]
        else:
            seen.add(line)
            first[line] = position
            if table == "sales":
                found["late", position] += highest > datetime.min and record[time] < highest - timedelta(minutes=10)
            else:
                found["out_of_order", position] += record[time] < highest
        highest = max(highest, record[time])
    assert {key for key, n in found.items() if n} == {key for key in said if key[0] != "orphan"}


@pytest.mark.parametrize("table", ["stores", "customers", "products"])
def test_the_repairs_turn_what_was_emitted_into_the_clean_records(case, table):
    emitted = dict(enumerate(case.lines[table]))
    clean = {}
    for batch in case.world.tables[table].batches(0, case.world.tables[table].count() + 50):
        for row in batch.to_pylist():
            clean[row[KEY[table]], row["last_update_time"]] = row
    repairs = defects(case.world, case.dirt, table, 0, case.stops[table]).to_pylist()
    whole = {row["position"] for row in repairs if row["kind"] == "broken_json"}
    cells: dict[int, list[dict]] = {}
    for row in repairs:
        if row["column"] is not None:
            cells.setdefault(row["position"], []).append(row)
    for position, line in emitted.items():
        if position in whole:
            continue
        record = json.loads(line, parse_float=Decimal)
        for row in cells.get(position, []):
            record[row["column"]] = row["original_value"]
        expected = clean[record[KEY[table]], datetime.fromisoformat(record["last_update_time"])]
        assert {k: _text(v) for k, v in record.items()} == {k: _text(v) for k, v in expected.items()}


def _text(value: object) -> str:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def test_orphans_say_when_their_parent_comes(case):
    rows = [
        r
        for r in defects(case.world, case.dirt, "sales", 0, case.stops["sales"]).to_pylist()
        if r["defect"] == "orphan"
    ]
    firsts = {}
    for table in ("stores", "customers", "products"):
        stream = Stream(case.world, table, case.dirt)
        later = stream.between(case.world.start, case.world.start + 30 * 3_600_000_000)
        for line, at in zip(later.lines.to_pylist(), later.span.at.tolist(), strict=True):
            record = slow_pipeline.typed(table, line)
            if record:
                firsts.setdefault(
                    (KEY[table], str(record[KEY[table]])), START + timedelta(microseconds=at - case.world.start)
                )
    assert rows
    for row in rows:
        assert row["resolved_at"] > row["emitted_at"]
        assert row["resolved_at"] == firsts[row["column"], row["clean_value"]]


def test_the_files_hold_the_same(case, tmp_path):
    paths = write_truth(Datasets.of(case.world), case.dirt, tmp_path)
    tables = {path.stem: pq.read_table(path) for path in paths}
    assert set(tables) == {"defects", "buckets", "windows"} | {
        f"scd{n}_{t}" for n in (1, 2) for t in KEY if t != "sales"
    }
    assert not list(tmp_path.glob(".*"))
    counts = Counter(zip(*(tables["buckets"].column(c).to_pylist() for c in ("table", "bucket")), strict=True))
    assert counts == Counter((table, bucket) for table, found in case.slow.bucket.items() for bucket in found)
    assert tables["windows"].num_rows == len(case.slow.windows)


@pytest.mark.parametrize("table", KEY)
def test_a_part_of_the_truth_is_the_truth_of_the_part(case, table):
    stop = case.stops[table]
    whole = defects(case.world, case.dirt, table, 0, stop, seen=case.stops).to_pylist()
    for low, high in ((0, stop // 3), (stop // 3, stop // 2), (stop // 2, stop)):
        part = defects(case.world, case.dirt, table, low, high, seen=case.stops).to_pylist()
        assert part == [row for row in whole if low <= row["position"] < high]


def test_truth_of_nothing_is_empty(tmp_path):
    case = CASES["no latency"]()
    write_truth(Datasets.of(case.world), case.dirt, tmp_path, positions=dict.fromkeys(KEY, 0))
    assert pq.read_table(tmp_path / "defects.parquet").num_rows == 0
    assert pq.read_table(tmp_path / "windows.parquet").num_rows == 0
    assert pq.read_table(tmp_path / "scd2_stores.parquet").num_rows == 0


def agrees(case: Case) -> None:
    for table in KEY:
        truth = buckets(case.world, case.dirt, table, 0, case.stops[table], seen=case.stops)
        assert truth.column("bucket").to_pylist() == case.slow.bucket[table]
    for table in ("stores", "customers", "products"):
        versions = scd2(case.world, case.dirt, table, 0, case.stops[table]).to_pylist()
        assert versions == [{**v, "valid_from": a, "valid_to": b} for v, a, b in case.slow.scd2[table]]
    found = windows(case.world, case.dirt, 0, case.stops["sales"], seen=case.stops).to_pylist()
    assert {(r["store_id"], r["window_start"]): r["sales"] for r in found} == {
        key: sums[0] for key, sums in case.slow.windows.items()
    }


def any_case(seed: int) -> Case:
    """Rates, volumes and latency at random; drift is another matter (a contract decides)."""
    chance = random.Random(seed)
    rates = {
        table: {
            defect: chance.choice([0, 0.01, 0.3, chance.random()]) for defect in defects if defect != "schema_drift"
        }
        for table, defects in DIRT.items()
    }
    streams = {
        "latency_max_s": chance.choice([0, 1, 60, 900]),
        "sales_per_batch": chance.choice([1, 50, 500]),
        "initial": {name: chance.choice([1, 2, 30]) for name in ("stores", "customers", "products")},
        "new_per_batch": {name: chance.choice([0, 1, 30]) for name in ("stores", "customers", "products")},
        "update_share": {name: chance.choice([0, 0.3, 0.9]) for name in ("stores", "customers", "products")},
    }
    return Case(seed, chance.choice([1, 4, 9]), rates, **streams)


@pytest.mark.parametrize("seed", range(4))
def test_any_rates_and_volumes_agree(seed):
    agrees(any_case(seed))


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(100, 100 + int(os.environ.get("SBDK_FAULT_TRIALS", 20))))
def test_many_rates_and_volumes_agree(seed):
    agrees(any_case(seed))


def test_any_data_set_has_defects_and_buckets(tmp_path):
    world = SaasDataset(
        WorldSettings(7, START, START + timedelta(days=30), {"users": 3_000, "events": 9_000, "orders": 200})
    )
    dirt = dirt_of(world, 7, {"raw_users": {"missing_email": 0.1, "late": 0.1, "out_of_order": 0.1, "duplicate": 0.2}})
    files = {path.stem: pq.read_table(path) for path in write_truth(Datasets.of(world), dirt, tmp_path)}
    assert set(files) == {"defects", "buckets"}
    assert set(files["defects"].column("defect").to_pylist()) == {"missing_email", "late", "out_of_order", "duplicate"}
    emails = {
        str(row["user_id"]): row["email"] for batch in world.tables["raw_users"].batches() for row in batch.to_pylist()
    }
    for row in files["defects"].to_pylist():
        if row["defect"] == "missing_email":
            assert (row["dirty_value"], row["original_value"]) == (None, emails[row["key"]])
    counts = Counter(files["buckets"].column("table").to_pylist())
    assert (counts["raw_events"], counts["raw_orders"]) == (9_000, 200)
