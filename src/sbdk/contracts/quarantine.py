"""The tables of the schema `quarantine`: rows that broke a contract, with reason, origin and the whole record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sbdk.contracts.document import TableContract
from sbdk.contracts.validator import RejectedRow
from sbdk.core.sql import qualified

if TYPE_CHECKING:
    from sbdk.targets.base import Connection

SCHEMA = "quarantine"
_COLUMNS = {
    "rule": "VARCHAR", "rule_version": "INTEGER", "reason": "VARCHAR", "raw_record": "VARCHAR",
    "source_file": "VARCHAR", "source_position": "BIGINT", "run_id": "VARCHAR", "quarantined_at": "TIMESTAMP",
    "received": "BIGINT", "contract_version": "VARCHAR",
}  # fmt: skip


class QuarantineTable:
    """The quarantine of one table in a build. `received` numbers its records from 0, in the order of their arrival."""

    def __init__(self, connection: Connection, table: TableContract, run_id: str, now: datetime) -> None:
        self.connection = connection
        self.table = table
        self.run_id = run_id
        self.now = now
        self.name = qualified(SCHEMA, table.table)

    def create(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        self.connection.execute(f"CREATE TABLE IF NOT EXISTS {self.name} ({columns})")

    def clear(self) -> None:
        """Remove what runs before set aside: for a table that each run replaces."""
        self.connection.execute(f"DELETE FROM {self.name} WHERE run_id <> ?", [self.run_id])

    def numbers(self) -> set[int]:
        """`received` of all its records."""
        return {int(row[0]) for row in self.connection.rows(f"SELECT received FROM {self.name}")}

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove records by `received`."""
        listed = ", ".join(str(int(each)) for each in numbers)
        self.connection.execute(f"DELETE FROM {self.name} WHERE received IN ({listed})")

    def add(self, rows: Sequence[RejectedRow]) -> int:
        """Add the rows that are not in it yet, with the same rule and source; how many there are of all given."""
        import pyarrow as pa

        if not rows:
            return 0
        names = ("rule", "reason", "record", "source")
        columns = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in names}
        columns["position"] = pa.array([row.position for row in rows], pa.int64())
        self.connection.register("rejected", pa.table(columns))
        try:
            self.connection.execute(self._insert("rejected"), self._origin())
        finally:
            self.connection.unregister("rejected")
        return len(rows)

    def add_selected(self, query: str, rule: str, reason: str) -> None:
        """Add the rows of a query with the columns record, source and position."""
        rows = f"(SELECT ? AS rule, ? AS reason, record, source, position FROM ({query}))"
        self.connection.execute(self._insert(rows), [*self._origin(), rule, reason])

    def _origin(self) -> list[object]:
        version = self.table.contract.version
        major = version.lstrip("v").split(".")[0]
        return [int(major) if major.isdecimal() else 0, self.run_id, self.now, version]

    def _insert(self, rows: str) -> str:
        return f"""
            INSERT INTO {self.name} BY NAME
            SELECT new.rule, ? AS rule_version, new.reason, new.record AS raw_record, new.source AS source_file,
                new.position AS source_position, ? AS run_id, ? AS quarantined_at,
                coalesce((SELECT max(received) FROM {self.name}), -1) + row_number() OVER () AS received,
                ? AS contract_version
            FROM {rows} AS new
            WHERE NOT EXISTS (
                SELECT 1 FROM {self.name} AS known
                WHERE known.rule = new.rule AND known.raw_record = new.record AND known.source_file = new.source
            )
        """
