"""The age of each raw table, by dlt's load times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sbdk.core.sql import quoted
from sbdk.spec.config_sections import FreshnessLimits
from sbdk.targets.base import Connection, TableInfo
from sbdk.targets.sessions import AnyConnection, as_connection


@dataclass(frozen=True)
class Freshness:
    """`loaded_at` is the latest load with rows for `table` (UTC), `hours` its age; both None if it was never loaded."""

    table: str
    loaded_at: datetime | None
    hours: float | None
    status: Literal["pass", "warn", "error"]

    def as_dict(self) -> dict[str, Any]:
        loaded_at = self.loaded_at.isoformat() if self.loaded_at else None
        return {"table": self.table, "loaded_at": loaded_at, "hours": self.hours, "status": self.status}


def freshness(
    connection: AnyConnection,
    dataset: str = "raw",
    limits: FreshnessLimits | None = None,
    *,
    now: datetime | None = None,
) -> list[Freshness]:
    """The age of every table in schema `dataset`, by name. `now` (UTC) is the wall clock unless given."""
    limits, now = limits or FreshnessLimits(), now or datetime.now(UTC)
    session = as_connection(connection)
    in_schema = session.tables(dataset)
    tables = [table for table in in_schema if not table.name.startswith("_dlt_")]
    has_loads = any(table.name == "_dlt_loads" for table in in_schema)
    return [
        _freshness_of(table.name, _loaded_at(session, table) if has_loads else None, limits, now) for table in tables
    ]


def _freshness_of(table: str, loaded_at: datetime | None, limits: FreshnessLimits, now: datetime) -> Freshness:
    if loaded_at is None:
        return Freshness(table, None, None, "error")
    hours = (now - loaded_at).total_seconds() / 3600
    if limits.error_hours is not None and hours > limits.error_hours:
        return Freshness(table, loaded_at, hours, "error")
    return Freshness(table, loaded_at, hours, "warn" if hours > limits.warn_hours else "pass")


def _loaded_at(connection: Connection, table: TableInfo) -> datetime | None:
    """The latest finished load with rows of `table`; the latest of all if its rows have no load id."""
    schema = quoted(table.schema)
    latest = f"SELECT epoch_us(max(inserted_at)) FROM {schema}._dlt_loads WHERE status = 0"  # noqa: S608
    of_rows = f" AND load_id IN (SELECT _dlt_load_id FROM {schema}.{quoted(table.name)})"  # noqa: S608
    has_load_id = any(column.name == "_dlt_load_id" for column in table.columns)
    microseconds = (connection.value(latest + of_rows) if has_load_id else None) or connection.value(latest)
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, UTC)
