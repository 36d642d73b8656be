"""The kernel for numba makes the same bytes as NumPy, and numba is neither needed nor loaded without need."""

import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.core.errors import MissingExtra
from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.spec.world import WorldSettings

ANCHOR = datetime(2026, 1, 1)


def build(compiled: bool, users: int, events: int, seed: int = 42, **changed: object) -> SaasDataset:
    volumes = {"users": users, "events": events, "orders": 0}
    given_ = {"start": datetime(2025, 1, 1), "anchor": ANCHOR, **changed}
    return SaasDataset(WorldSettings(seed=seed, volumes=volumes, **given_), compiled=compiled)


@settings(max_examples=12, deadline=None)
@given(
    users=st.integers(1, 5_000),
    events=st.integers(1, 30_000),
    seed=st.integers(0, 2**63),
    days=st.integers(-100, 200),
    batch_size=st.integers(50, 20_000),
)
def test_compiled_and_not_are_the_same_bytes(read, users, events, seed, days, batch_size) -> None:
    pytest.importorskip("numba")
    fast, plain = (build(compiled, users, events, seed) for compiled in (True, False))
    clock = ANCHOR + timedelta(days=days)
    made = read(fast, "raw_events", clock=clock, batch_size=batch_size)
    assert made.equals(read(plain, "raw_events", clock=clock))


def test_compiled_and_not_agree_under_other_distributions_and_on_threads(read) -> None:
    pytest.importorskip("numba")
    how = {"distributions": {"browsers": {"opera": 1}, "countries": {"JP": 1, "FR": 1}, "tiers": [1, 1, 1, 1]}}
    fast, plain = (build(compiled, 50_000, 600_000, **how) for compiled in (True, False))
    assert read(fast, "raw_events", threads=4).equals(read(plain, "raw_events", threads=2, batch_size=70_001))


@pytest.mark.faults
def test_compiled_and_not_agree_on_twenty_million_events(read) -> None:
    pytest.importorskip("numba")
    fast, plain = (build(compiled, 1_000_000, 20_000_000) for compiled in (True, False))
    pairs = zip(fast.tables["raw_events"].batches(), plain.tables["raw_events"].batches(), strict=True)
    assert all(one.equals(other) for one, other in pairs)


def test_small_volumes_never_import_numba() -> None:
    program = """
import sys
from datetime import datetime
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.dataset import SaasDataset
made = SaasDataset(WorldSettings(1, datetime(2025, 1, 1), datetime(2026, 1, 1), dict(users=9, events=9, orders=9)))
assert sum(batch.num_rows for table in made.tables.values() for batch in table.batches()) == 27
loaded = [name for name in ("numba", "scipy", "faker", "duckdb", "dlt") if name in sys.modules]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_numba_the_extra_is_named(monkeypatch, read) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(MissingExtra) as caught:
        read(build(True, 10, 100), "raw_events")
    assert "sbdk[fast]" in (caught.value.hint or "")
    assert read(build(False, 10, 100), "raw_events").num_rows == 100
