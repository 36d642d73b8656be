"""A warehouse without fault, made by a fold in plain Python over the emitted lines; nothing in it is from the truth."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from sbdk.datasets.answer_key import emitted_positions
from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.datasets.retail.grading.expected import expected_tables
from sbdk.datasets.retail.grading.grade import grade
from sbdk.datasets.retail.grading.inputs import truth_tables
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.spec.data_set_sections import ScoreSettings, StreamSettings
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.stream import Stream
from support import plain_gold
from support.emitting import BUSY
from support.slow_pipeline import KEY, TYPES, Record, Result, run, typed

# ruff: noqa: E501


START = datetime(2026, 1, 1)
DIRTY = {
    "sales": {"return": 0.1, "negative_discount": 0.05, "late": 0.02, "orphan": 0.03, "duplicate": 0.05, "malformed": 0.02},
    "customers": {"missing_email": 0.1, "duplicate": 0.1, "malformed": 0.05, "out_of_order": 0.2},
    "products": {"duplicate": 0.1, "malformed": 0.05, "out_of_order": 0.2},
    "stores": {"missing_manager": 0.1, "duplicate": 0.1, "malformed": 0.05, "out_of_order": 0.2},
}  # fmt: skip
EMPTY = (
    "source_position", "raw_record", "rule", "reason", "transaction_id", "store_id", "customer_id", "product_id",
    "event_time", "quantity", "unit_price", "total_amount", "payment_method", "discount_applied", "tax_amount",
    "watermark", "waits_for", "returned_quantity", "returned_amount", "returned_tax", "store_version",
    "customer_version", "product_version",
)  # fmt: skip
"""Columns of a table without rows."""
DIMENSIONS = ("customers", "products", "stores")


class Day:
    """What was emitted in some hours, its truth, and what the fold makes of the lines."""

    def __init__(
        self, seed: int = 1, hours: int = 6, rates: dict[str, dict[str, float]] = DIRTY, **streams: object
    ) -> None:
        settings = WorldSettings(seed, START, START + timedelta(hours=hours), {})
        self.world = RetailDataset(settings, StreamSettings.model_validate({**BUSY, "sales_per_batch": 60, **streams}))
        self.dirt = dirt_of(self.world, seed, rates)
        self.received = emitted_positions(self.world, self.dirt)
        truth = truth_tables(self.world, self.dirt, self.received)
        self.truth = {**truth, **expected_tables(truth)}
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
                f"select * exclude (valid_to) from silver.{table} where valid_to is null"
            )
        self._sales(connection)
        return connection

    def _quarantine(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        rows = [
            {"source_position": at, "raw_record": line.rstrip("\n"), **_why(table, line)}
            for at, line in self.in_bucket(table, "quarantined")
        ]
        _create(connection, f"quarantine.{table}", rows)

    def _sales(self, connection: duckdb.DuckDBPyConnection) -> None:
        histories, placed = plain_gold.Histories(self.fold.scd2), self._placed()
        matched = {
            bucket: [plain_gold.matched(histories, sale) for sale in placed[bucket]] for bucket in ("loaded", "held")
        }
        facts = matched["loaded"]
        _create(connection, "silver.late_sales", placed["late"])
        _create(
            connection,
            "silver.held_sales",
            [{**_delivered(row), "waits_for": plain_gold.waits_for(row)} for row in matched["held"]],
        )
        _create(connection, "silver.sales_transactions", [_silver(row) for row in facts if not row["is_return"]])
        returns = [plain_gold.returned(_silver(row)) for row in facts if row["is_return"]]
        _create(connection, "silver.returns_transactions", returns)
        gold = [{name: cell for name, cell in row.items() if name != "source_position"} for row in facts]
        _create(connection, "gold.denormalized_sales_facts", gold)
        _create(connection, "gold.sales_by_store_window", plain_gold.windows(facts))
        _create(connection, "gold.daily_sales_by_store", plain_gold.daily(facts))
        _create(connection, "gold.product_performance", plain_gold.products(facts, histories))
        _create(connection, "gold.customer_lifetime_value", plain_gold.customers(facts, histories))

    def _placed(self) -> dict[str, list[Record]]:
        """The sales by bucket, with their position, and the watermark when they came: by the lines alone."""
        placed: dict[str, list[Record]] = {"loaded": [], "late": [], "held": []}
        highest = datetime.min + timedelta(days=1)
        for at, (line, bucket) in enumerate(zip(self.lines["sales"], self.fold.bucket["sales"], strict=True)):
            sale = typed("sales", line)
            if sale is not None and bucket in placed:
                more = {"watermark": highest - timedelta(minutes=10)} if bucket == "late" else {}
                placed[bucket].append({**sale, "source_position": at, **more})
            if sale is not None:
                highest = max(highest, sale["event_time"])
        return placed


def _why(table: str, line: str) -> dict[str, str]:
    """Rule and reason, which names the column that is missing or not of its type."""
    if typed(table, line) is not None:
        return {"rule": "negative_discount", "reason": "discount_applied is below zero"}
    try:
        record = json.loads(line, parse_float=Decimal)
    except ValueError:
        return {"rule": "malformed", "reason": "no JSON"}
    names = list(TYPES[table])
    broken = [
        name
        for name in names
        if name not in record or typed(table, json.dumps({**GOOD[table], name: record[name]}, default=float)) is None
    ]
    return {"rule": "malformed", "reason": f"{', '.join(broken) or 'record'}: missing, unknown or of another type"}


_CELLS = {int: 1, Decimal: 1.5, str: "a", datetime: "2026-01-01T00:00:00"}
GOOD = {
    table: {name: _CELLS[int if isinstance(kind, range) else kind] for name, kind in types.items()}
    for table, types in TYPES.items()
}
"""By table, a record that keeps the contract."""


def _delivered(row: Record) -> Record:
    return {name: row[name] for name in (*TYPES["sales"], "source_position")}


def _silver(row: Record) -> Record:
    return {**_delivered(row), **{f"{name}_version": row[f"{name}_version"] for name in plain_gold.FACT_COLUMNS}}


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    empty = pa.table({column: pa.nulls(0, pa.int64()) for column in EMPTY})
    connection.register("made", _wide(pa.Table.from_pylist(rows)) if rows else empty)
    connection.execute(f"create table {name} as from made")
    connection.unregister("made")


def _wide(table: pa.Table) -> pa.Table:
    """Decimals in the width of money, not in that of these rows."""
    money = pa.decimal128(18, 2)
    return table.cast(pa.schema([f.with_type(money) if pa.types.is_decimal(f.type) else f for f in table.schema]))


def broken(day: Day, warehouse: duckdb.DuckDBPyConnection, sql: str) -> RetailScorecard:
    """The card after these statements, which are undone."""
    warehouse.execute("begin")
    try:
        warehouse.execute(sql)
        return grade(warehouse, day.truth, ScoreSettings())
    finally:
        warehouse.execute("rollback")
