"""Small worlds with any dirt have an answer key, and it agrees with a reader of the lines."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from sbdk.core.errors import ConfigError
from sbdk.datasets.answer_key import emitted_positions, write_truth
from sbdk.datasets.base import Dataset
from sbdk.datasets.bookstore.dataset import BookstoreDataset
from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.datasets.union import Datasets
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.timeline import Calendar

START = datetime(2026, 1, 1)
VOLUMES: dict[type[Dataset], dict[str, tuple[int, int]]] = {
    SaasDataset: {"users": (1, 300), "events": (0, 200), "orders": (0, 3)},
    BookstoreDataset: {
        "publishers": (1, 10), "books": (1, 30), "sales": (0, 100), "inventory": (0, 40), "campaign_events": (0, 60),
    },
}  # fmt: skip
DEFECTS = ("duplicate", "late", "out_of_order", "malformed", "schema_drift")


@st.composite
def worlds(draw: st.DrawFn, kind: type[Dataset]) -> Dataset:
    """Few rows or none, of few days."""
    volumes = {
        name: draw(st.one_of(st.integers(low, low + 1), st.integers(*(low, high))))
        for name, (low, high) in VOLUMES[kind].items()
    }
    days = draw(st.integers(1, 5))
    return kind(WorldSettings(draw(st.integers(0, 99)), START, START + timedelta(days=days), volumes))


@st.composite
def rates(draw: st.DrawFn, world: Dataset) -> dict[str, dict[str, float]]:
    rate = st.sampled_from([0.0, 0.05, 0.5, 1.0])
    chosen: dict[str, dict[str, float]] = {}
    for name, table in world.tables.items():
        known = [defect for defect in DEFECTS if table.time_column or defect not in ("late", "out_of_order")]
        known += [f"missing_{column}" for column in table.schema.names if column not in {*table.key, table.time_column}]
        chosen[name] = draw(st.dictionaries(st.sampled_from(known), rate, max_size=4))
    return chosen


def check(world: Dataset, rates: dict[str, dict[str, float]], folder: Path) -> None:
    dirt = dirt_of(world, 7, rates)
    stops = emitted_positions(world, dirt)
    for name, table in world.tables.items():
        assert stops[name] >= 0
        if not rates[name] and table.time_column:
            assert stops[name] == table.count(), name
    files = {path.stem: pq.read_table(path) for path in write_truth(Datasets.of(world), dirt, folder)}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in world.tables}
    for row in files["buckets"].to_pylist():
        found[row["table"]].append(row)
    for name, stop in stops.items():
        assert [row["position"] for row in found[name]] == list(range(stop)), name
        lines = Stream(world, name, dirt).records(0, stop).column("record").to_pylist()
        seen: set[str] = set()
        for line, row in zip(lines, found[name], strict=True):
            if row["bucket"] != "quarantined":
                assert (row["bucket"] == "duplicate") == (line in seen), (name, row)
            seen.add(line)
    counts = Counter(files["defects"].column("defect").to_pylist())
    planted = {defect for table in rates.values() for defect, rate in table.items() if rate}
    # What comes late may be behind newer records, and still before the watermark.
    assert set(counts) <= planted | ({"out_of_order"} if "late" in planted else set())


@pytest.mark.parametrize("events", [0, 1, 100])
def test_three_days_of_few_users_with_dirt(tmp_path: Path, events: int) -> None:
    volumes = {"users": 300, "events": events, "orders": 0}
    world = SaasDataset(WorldSettings(42, START, START + timedelta(days=3), volumes))
    users = {"missing_email": 0.1, "duplicate": 0.1, "malformed": 0.05, "late": 0.05, "out_of_order": 0.1}
    check(world, {"raw_users": users, "raw_events": {}, "raw_orders": {}}, tmp_path)


@pytest.mark.parametrize("kind", VOLUMES)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_a_small_world_with_any_dirt_has_an_answer_key(
    tmp_path: Path, kind: type[Dataset], data: st.DataObject
) -> None:
    world = data.draw(worlds(kind))
    chosen = data.draw(rates(world))
    try:
        check(world, chosen, tmp_path)
    except ConfigError as error:
        if "cannot have" not in error.message:  # more orders than so few users can place
            raise
        reject()


@pytest.mark.parametrize(("days", "further"), [(1, 1), (1, 30), (3, 100), (30, 900)])
def test_a_short_world_goes_on_at_its_rate(days: int, further: int) -> None:
    """Sessions grow with the users, so that the events of k times the days are between k and k² times as many."""
    world = SaasDataset(WorldSettings(42, START, START + timedelta(days=days), {"users": 40, "events": 60}))
    events = world.tables["raw_events"]
    early = events.count(world.anchor + timedelta(days=further))
    times = [value for batch in events.batches(0, 60) for value in batch.column("timestamp").to_pylist()]
    assert times == sorted(times)
    assert START <= times[0] <= times[-1] < world.anchor
    share = (days + further) / days
    assert 60 * share * 0.7 < early < 60 * share**2 * 1.5


def test_a_calendar_ends_where_its_mass_does_not_fit_into_64_bits() -> None:
    """One hour weighs 1, and hour h weighs h + 1: before hour n lie n (n + 1) / 2, in units of 2^51."""
    calendar = Calendar(0, 1, lambda first, last: np.arange(first, last, dtype=np.int64) + 1)
    assert calendar.shift == 51
    last = max(n for n in range(1, 100) if n * (n + 1) // 2 <= 2 ** (62 - 51))
    edges = calendar.reach_hour(last - 1)
    assert [int(edge) for edge in edges] == [(n * (n + 1) // 2) << 51 for n in range(last + 1)]
    with pytest.raises(ConfigError, match="cannot go on beyond"):
        calendar.reach_hour(last + 1)
