"""A warehouse without fault, made by a fold in plain Python over the emitted lines; nothing in it is from the truth."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from sbdk.datasets.answer_key import emitted_positions
from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.datasets.retail.grading.inputs import truth_tables
from sbdk.spec.streams import StreamSettings
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.stream import Stream
from support.slow_pipeline import KEY, Result, run, typed

# ruff: noqa: E501


START = datetime(2026, 1, 1)
DIRTY = {
    "sales": {"return": 0.1, "negative_discount": 0.05, "late": 0.02, "orphan": 0.03, "duplicate": 0.05, "malformed": 0.02},
    "customers": {"missing_email": 0.1, "duplicate": 0.1, "malformed": 0.05, "out_of_order": 0.2},
    "products": {"duplicate": 0.1, "malformed": 0.05, "out_of_order": 0.2},
    "stores": {"missing_manager": 0.1, "duplicate": 0.1, "malformed": 0.05, "out_of_order": 0.2},
}  # fmt: skip
EMPTY = ("source_position", "raw_record", "rule", "transaction_id", "quantity", "total_amount")
"""Columns of a table without rows."""
DIMENSIONS = ("customers", "products", "stores")


class Day:
    """What was emitted in some hours, its truth, and what the fold makes of the lines."""

    def __init__(
        self, seed: int = 1, hours: int = 6, rates: dict[str, dict[str, float]] = DIRTY, **streams: object
    ) -> None:
        settings = WorldSettings(seed, START, START + timedelta(hours=hours), {})
        self.world = RetailDataset(settings, StreamSettings.model_validate({"sales_per_batch": 60, **streams}))
        self.dirt = dirt_of(self.world, seed, rates)
        self.received = emitted_positions(self.world, self.dirt)
        self.truth = truth_tables(self.world, self.dirt, self.received)
        self.records = {
            table: Stream(self.world, table, self.dirt).records(0, stop) for table, stop in self.received.items()
        }
        self.lines = {table: records.column("record").to_pylist() for table, records in self.records.items()}
        self.fold: Result = run(self.lines)

    def in_bucket(self, table: str, bucket: str) -> list[tuple[int, str]]:
        """(position, line) of the records that the fold put there."""
        places = enumerate(zip(self.lines[table], self.fold.bucket[table], strict=True))
        return [(position, line) for position, (line, where) in places if where == bucket]

    def emitted(self, table: str) -> pa.Table:
        """position, emitted_at, record, and the bucket that the fold found, of every record."""
        return pa.table(self.records[table]).append_column("bucket", [self.fold.bucket[table]])

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """The perfect warehouse, under the template's names."""
        connection = duckdb.connect()
        for schema in ("silver", "gold", "quarantine"):
            connection.execute(f"create schema {schema}")
        for table in KEY:
            self._quarantine(connection, table)
        for table in DIMENSIONS:
            versions = [{**record, "valid_from": a, "valid_to": b} for record, a, b in self.fold.scd2[table]]
            _create(connection, f"silver.{table}", versions)
            connection.execute(
                f"create view silver.{table}_current as "
                f"select * exclude (valid_from, valid_to) from silver.{table} where valid_to is null"
            )
        self._sales(connection)
        return connection

    def _quarantine(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        rows = [
            {"source_position": at, "raw_record": line, "rule": "malformed" if typed(table, line) is None else "negative_discount"}
            for at, line in self.in_bucket(table, "quarantined")
        ]  # fmt: skip
        _create(connection, f"quarantine.{table}", rows)

    def _sales(self, connection: duckdb.DuckDBPyConnection) -> None:
        for bucket in ("loaded", "late", "held"):
            sales: list[Any] = [typed("sales", line) for _, line in self.in_bucket("sales", bucket)]
            name = {"loaded": "gold.denormalized_sales_facts"}.get(bucket, f"silver.{bucket}_sales")
            _create(connection, name, sales)
        facts = "gold.denormalized_sales_facts"
        connection.execute(f"create table silver.sales_transactions as from {facts} where quantity > 0")
        connection.execute(
            "create table silver.returns_transactions as select transaction_id, -quantity as returned_quantity, "
            f"-total_amount as returned_amount from {facts} where quantity < 0"
        )
        names = ["sales", "quantity", "sales_amount", "returns", "returned_quantity", "returned_amount"]
        windows = [
            {"store_id": store, "window_start": begin, **dict(zip(names, sums, strict=True))}
            for (store, begin), sums in self.fold.windows.items()
        ]
        _create(connection, "gold.sales_by_store_window", windows)


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    empty = pa.table({column: pa.nulls(0, pa.int64()) for column in EMPTY})
    connection.register("made", pa.Table.from_pylist(rows) if rows else empty)
    connection.execute(f"create table {name} as from made")
    connection.unregister("made")
