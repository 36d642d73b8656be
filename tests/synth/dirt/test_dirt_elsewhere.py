"""Dirt on any table of any data set: the saas one, and a declared one without a time column."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats

from sbdk.datasets.base import Dataset
from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.datasets.union import Datasets
from sbdk.spec.world import WorldSettings
from sbdk.synth.table import Tables

SETTINGS = WorldSettings(7, datetime(2025, 1, 1), datetime(2026, 1, 1), {"users": 500, "events": 6000, "orders": 900})
CLEAN = SaasDataset(SETTINGS)


def table_of(world, table, **options) -> pa.Table:
    return pa.Table.from_batches(world.tables[table].batches(**options), world.tables[table].schema)


def test_saas_is_clean_unless_told_otherwise():
    world = Datasets.of(CLEAN).with_dirt(7, {})
    for table in CLEAN.tables:
        assert table_of(world, table).equals(table_of(CLEAN, table))
        assert world.tables[table].fingerprint == CLEAN.tables[table].fingerprint


@pytest.fixture(scope="module")
def dirty():
    rates = {
        "duplicate": 0.1,
        "missing_email": 0.2,
        "malformed": 0.05,
        "schema_drift": 0.05,
        "out_of_order": 0.2,
        "late": 0.01,
    }
    return Datasets.of(CLEAN).with_dirt(7, {"raw_users": rates, "raw_orders": {"negative_amount": 0.3}})


def test_users_come_twice_without_address_and_rescued(dirty):
    users = table_of(dirty, "raw_users")
    assert stats.binomtest(users.num_rows - 500, 500, 0.1).pvalue > 1e-6
    ids = pc.value_counts(users.column("user_id").drop_null())
    assert max(ids.field("counts").to_pylist()) == 2
    assert stats.binomtest(users.column("email").null_count, users.num_rows, 0.2).pvalue > 1e-6
    rescued = users.column("_rescued_data").drop_null().to_pylist()
    assert len(rescued) > 20
    assert any(not text.endswith("}") for text in rescued)  # broken JSON, kept as it came


def test_amounts_are_negative_as_often_as_told(dirty):
    orders, clean = table_of(dirty, "raw_orders"), table_of(CLEAN, "raw_orders")
    negative = pc.less(orders.column("amount"), 0)
    assert stats.binomtest(pc.sum(negative).as_py(), 900, 0.3).pvalue > 1e-6
    positive = orders.set_column(orders.schema.get_field_index("amount"), "amount", pc.abs(orders.column("amount")))
    same = pc.equal(positive.column("amount"), clean.column("amount"))
    assert pc.sum(pc.invert(same)).as_py() <= pc.sum(pc.equal(clean.column("amount"), 0)).as_py()


def test_events_without_a_rate_are_as_they_were(dirty):
    assert table_of(dirty, "raw_events").equals(table_of(CLEAN, "raw_events"))


def test_the_rows_do_not_depend_on_slices_threads_or_clock(dirty):
    whole = table_of(dirty, "raw_users").to_pylist()
    assert whole[100:150] == table_of(dirty, "raw_users", start=100, stop=150, batch_size=7, threads=2).to_pylist()
    early = datetime(2025, 7, 1)
    count = dirty.tables["raw_users"].count(early)
    assert 0 < count < len(whole)
    assert table_of(dirty, "raw_users", clock=early).to_pylist() == whole[:count]


def test_another_rate_is_another_fingerprint(dirty):
    other = Datasets.of(CLEAN).with_dirt(7, {"raw_users": {"duplicate": 0.11}})
    assert (
        len(
            {
                dirty.tables["raw_users"].fingerprint,
                other.tables["raw_users"].fingerprint,
                CLEAN.tables["raw_users"].fingerprint,
            }
        )
        == 3
    )


class Codes:
    """A table without time: 3,000 rows."""

    name = "codes"
    anchor = datetime(2026, 1, 1)
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("label", pa.string())])
    key = ("id",)
    foreign_keys = ()
    time_column = None
    fingerprint = "0"

    def count(self, clock=None):
        return 3_000

    def batches(self, start=0, stop=None, **options):
        ids = list(range(start, 3_000 if stop is None else stop))
        yield pa.RecordBatch.from_arrays(
            [pa.array(ids, pa.int64()), pa.array([f"code {i}" for i in ids])], schema=self.schema
        )


class Still(Dataset):
    """A data set of one table without time."""

    name = "still"
    anchor = Codes.anchor

    def __init__(self):
        self.tables = Tables([Codes()])


def test_a_table_without_time_gets_its_duplicates_and_ends():
    world = Datasets.of(Still()).with_dirt(1, {"codes": {"duplicate": 0.5, "missing_label": 0.1}})
    codes = table_of(world, "codes")
    assert abs(codes.num_rows - 4_500) <= 1_024 * 0.25 + 1
    assert codes.num_rows == world.tables["codes"].count()
    assert set(codes.column("id").to_pylist()) == set(range(3_000))
    assert stats.binomtest(codes.column("label").null_count, codes.num_rows, 0.1).pvalue > 1e-6
