"""Each defect comes as often as its rate says, alone and together with the others, and changes what it should."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy import stats

from sbdk.synth.dirt import dirt_of
from support.dirty_days import KEY, TIME, emitted, only, parsed, retail, rows

WORLD = retail()
ALMOST_NEVER = 1e-6
"""A sound generator fails a test below this once in a million seeds; the seed is fixed."""


@pytest.fixture(scope="module")
def default_day():
    dirt = dirt_of(WORLD, 42, {})
    return {table: [parsed(line) for line in emitted(WORLD, table, dirt)] for table in WORLD.tables}


def likely(found: int, of: int, rate: float) -> bool:
    return stats.binomtest(found, of, rate).pvalue > ALMOST_NEVER


def test_returns_and_negative_discounts(default_day):
    sales = {r[KEY["sales"]]: r for r in default_day["sales"] if r and isinstance(r.get("quantity"), int)}
    assert likely(sum(r["quantity"] < 0 for r in sales.values()), len(sales), 0.05)
    discounts = [r for r in sales.values() if not isinstance(r.get("discount_applied", "?"), str)]
    assert likely(sum(r["discount_applied"] < 0 for r in discounts), len(discounts), 0.02)


@pytest.mark.parametrize(("table", "column"), [("customers", "email"), ("stores", "manager")])
def test_missing_values(default_day, table, column):
    found = [r for r in default_day[table] if r and column in r]
    assert likely(sum(r[column] is None for r in found), len(found), 0.02)


@pytest.mark.parametrize("table", list(KEY))
def test_duplicates(default_day, table):
    lines = emitted(WORLD, table, dirt_of(WORLD, 42, {}))
    twice = Counter(lines)
    assert max(twice.values()) == 2
    assert likely(sum(n == 2 for n in twice.values()), len(twice), 0.01)


@pytest.mark.parametrize("table", list(KEY))
def test_malformed(default_day, table):
    clean_columns = set(WORLD.tables[table].schema.names)
    wrong = [r for r in default_day[table] if r is None or set(r) != clean_columns or _odd(r)]
    assert likely(len(wrong), len(default_day[table]), 0.001)


def _odd(record) -> bool:
    numbers = [v for v in record.values() if not isinstance(v, str) and v is not None]
    return "n/a" in record.values() or "yesterday" in record.values() or any(abs(v) > 10**20 for v in numbers)


@pytest.mark.parametrize("rate", [0.05, 0.3])
@pytest.mark.parametrize("table", ["stores", "customers", "products"])
def test_out_of_order(table, rate):
    """An older last_update_time after a newer one, alone."""
    dirt = only(WORLD, **{table: {"out_of_order": rate}})
    found, times = 0, [parsed(line)[TIME[table]] for line in emitted(WORLD, table, dirt)]
    highest = times[0]
    for time in times:
        found += time < highest
        highest = max(highest, time)
    assert likely(found, len(times), rate)


@pytest.mark.parametrize("rate", [0.005, 0.05])
def test_late_sales_come_up_to_30_minutes_late_spread_evenly(rate):
    """Found by their place alone: after a sale of a later time. The stores close after three hours."""
    world = retail(days=0.1, latency_max_s=0)
    stream_lines = emitted(world, "sales", only(world, sales={"late": rate}), days=170 / 1440)
    times = [_minutes(parsed(line)["event_time"]) for line in stream_lines]
    highest, behind, sold = times[0], [], 0
    for time in times:
        if time < 140:
            sold += 1
            behind += [highest - time] if time < highest else []
        highest = max(highest, time)
    assert max(behind) < 30.1
    assert likely(len(behind), sold, rate)
    assert stats.kstest([delay / 30 for delay in behind if delay < 30], "uniform").pvalue > 1e-4


def test_all_sales_may_be_late():
    world = retail(days=0.1, latency_max_s=0)
    stream_lines = emitted(world, "sales", only(world, sales={"late": 1.0}), days=0.15)
    assert sorted(parsed(line)["event_time"] for line in stream_lines) == [
        row["event_time"] for row in rows(retail(days=0.15), "sales")
    ]


def _minutes(time: str) -> float:
    return int(time[11:13]) * 60 + int(time[14:16]) + float(time[17:]) / 60


@pytest.mark.parametrize("rate", [0.005, 0.5, 1.0])
def test_orphans_refer_to_what_has_not_come_yet(rate):
    """By time of delivery, over all four streams, with nothing else wrong."""
    from sbdk.synth.dirt.stream import Stream

    world = retail(days=0.5)
    dirt = only(world, sales={"orphan": rate})
    end = world.start + 43_200_000_000
    known = {}
    for parent in ("stores", "customers", "products"):
        chunk = Stream(world, parent, dirt).between(world.start, end)
        first: dict[int, int] = {}
        for line, at in zip(chunk.lines.to_pylist(), chunk.span.at.tolist(), strict=True):
            first.setdefault(parsed(line)[KEY[parent]], at)
        known[KEY[parent]] = first
    chunk = Stream(world, "sales", dirt).between(world.start, end)
    orphans = Counter()
    for line, at in zip(chunk.lines.to_pylist(), chunk.span.at.tolist(), strict=True):
        sale = parsed(line)
        orphans[tuple(k for k, first in known.items() if first.get(sale[k], end) > at)] += 1
    assert all(len(which) < 2 for which in orphans)
    assert likely(sum(orphans.values()) - orphans[()], sum(orphans.values()), rate) or rate == 1.0
    assert orphans[()] <= 600 or rate < 1
    assert {which for which in orphans if which} == {("store_id",), ("customer_id",), ("product_id",)}


@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_schema_drift_adds_takes_and_changes(rate):
    lines = emitted(WORLD, "customers", only(WORLD, customers={"schema_drift": rate}))
    expected = set(WORLD.tables["customers"].schema.names)
    kinds = Counter()
    for record in map(parsed, lines):
        gone, new = expected - set(record), set(record) - expected
        text = any(isinstance(record.get(name), str) for name in ("age", "loyalty_points"))
        kinds["appears" if new else "vanishes" if gone else "type" if text else "sound"] += 1
    assert likely(len(lines) - kinds["sound"], len(lines), rate) or kinds["sound"] == 0
    assert min(kinds[k] for k in ("appears", "vanishes", "type")) > len(lines) * rate / 5


@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_every_kind_of_malformation_comes(rate):
    world = retail(days=0.25)
    lines = emitted(world, "sales", only(world, sales={"malformed": rate}), days=0.25)
    broken = [line for line in lines if parsed(line) is None]
    missing = [r for r in map(parsed, lines) if r and len(r) < 11]
    wrong = [
        r for r in map(parsed, lines) if r and {"n/a", "yesterday"} & {v for v in r.values() if isinstance(v, str)}
    ]
    large = [r for r in map(parsed, lines) if r and any(isinstance(v, int) and abs(v) > 10**20 for v in r.values())]
    for kind in (broken, missing, wrong, large):
        assert likely(len(kind), len(lines), rate / 4)
    assert all("transaction_id" in r for r in missing)


@pytest.mark.parametrize("table", list(KEY))
def test_without_dirt_and_latency_the_clean_rows_come_in_order(table):
    world = retail(days=0.25, latency_max_s=0)
    assert list(map(parsed, emitted(world, table, only(world), days=0.25))) == rows(world, table)


def test_latency_delays_a_sale_by_at_most_that_much():
    from sbdk.synth.dirt.stream import Stream

    for seconds in (0.5, 60, 600):
        world = retail(days=0.25, latency_max_s=seconds)
        chunk = Stream(world, "sales", only(world)).between(world.start, world.start + 21_600_000_000)
        delay = chunk.span.at - chunk.stream.source.times(chunk.span.row)
        assert 0 <= delay.min() < delay.max() < seconds * 1e6
        assert abs(delay.mean() / 1e6 - seconds / 2) < seconds / 50


def test_all_at_once_still_has_the_rates():
    """Every rate at .2: composed, none in the way of another."""
    rates = {
        t: {d: 0.2 for d in defects if d not in ("malformed", "schema_drift")}
        for t, defects in WORLD.default_rates().items()
    }
    lines = emitted(WORLD, "sales", only(WORLD, **rates), days=0.5)
    sales = [parsed(line) for line in lines]
    assert likely(sum(r["quantity"] < 0 for r in sales), len(sales), 0.2)
    assert likely(sum(r["discount_applied"] < 0 for r in sales), len(sales), 0.2)
    # what is delivered late has not all come by noon, so duplicates are a little fewer
    twice = sum(n == 2 for n in Counter(r["transaction_id"] for r in sales).values())
    assert 0.19 < twice / len({r["transaction_id"] for r in sales}) < 0.205
