"""Replays quarantined records into their table: those that keep the contract now leave the quarantine."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbdk.contracts.quarantine import QuarantineTable
from sbdk.contracts.validator import RowValidator
from sbdk.core.sql import qualified, quoted

if TYPE_CHECKING:
    from sbdk.targets.base import Connection


@dataclass(frozen=True)
class Replayed:
    """A record to replay: its number in the quarantine, and its text, which may have been mended, as a JSON object."""

    received: int
    record: str


class Replay:
    """Replays records into `schema.table` of a build, within its transaction with everything else of the run."""

    def __init__(self, connection: Connection, quarantine: QuarantineTable, schema: str) -> None:
        self.connection = connection
        self.quarantine = quarantine
        self.table = quarantine.table
        self.schema = schema

    def run(self, records: Sequence[Replayed]) -> int:
        """How many records keep the contract and are in the table now. The others stay as they are."""
        waiting = self.quarantine.numbers()
        known = {column.name: column.type for column in self.connection.columns(self.table.table, self.schema)}
        passed = {
            each.received: row
            for each in records
            if each.received in waiting and known and (row := self._valid(each.record, known)) is not None
        }
        if passed:
            self._insert(list(passed.values()), known)
            self.quarantine.remove(passed)
        return len(passed)

    def _valid(self, text: str, known: Mapping[str, str]) -> dict[str, Any] | None:
        """The record as a row of the table; None if it breaks the contract, or holds a list or an unknown column."""
        try:
            record = json.loads(text)
        except ValueError:
            return None
        kept = RowValidator(self.table)(record) if isinstance(record, dict) else None
        if kept is None:
            return None
        row = _flat(kept)
        return row if row.keys() <= known.keys() and not any(isinstance(each, list) for each in row.values()) else None

    def _insert(self, rows: list[dict[str, Any]], known: Mapping[str, str]) -> None:
        import pyarrow as pa

        load = f"replay-{self.quarantine.run_id}"
        if "_dlt_load_id" in known:
            self._note_load(load)
        own = {"_dlt_load_id", "_dlt_id"} & known.keys()
        full = [
            {**row, **{name: load if name == "_dlt_load_id" else secrets.token_urlsafe(10) for name in own}}
            for row in rows
        ]
        columns = sorted({name for row in full for name in row})
        texts = [[None if row.get(name) is None else str(row[name]) for row in full] for name in columns]
        self.connection.register("replayed", pa.table([pa.array(each, pa.string()) for each in texts], columns))
        casts = ", ".join(f"CAST({quoted(name)} AS {known[name]}) AS {quoted(name)}" for name in columns)
        try:
            name = qualified(self.schema, self.table.table)
            self.connection.execute(f"INSERT INTO {name} BY NAME SELECT {casts} FROM replayed")
        finally:
            self.connection.unregister("replayed")

    def _note_load(self, load: str) -> None:
        """dlt's own record of a finished load: readers leave out rows of loads that it does not know."""
        loads = qualified(self.schema, "_dlt_loads")
        self.connection.execute(
            f"INSERT INTO {loads} BY NAME SELECT ? AS load_id, schema_name, 0 AS status, now() AS inserted_at, "
            f"schema_version_hash FROM {loads} WHERE load_id <> ? ORDER BY inserted_at DESC LIMIT 1",
            [load, load],
        )


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The columns into which dlt flattens a row: `{"a": {"b": 1}}` is the column a__b."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}__")
        else:
            found[f"{prefix}{key}"] = value
    return found
