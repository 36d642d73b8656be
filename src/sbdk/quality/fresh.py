"""How long ago each raw table was loaded, by dlt's own load times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import duckdb
from duckdb import DuckDBPyConnection as Connection

from sbdk.core.sql import quoted
from sbdk.spec.sections import FreshnessLimits


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
    connection: Connection, dataset: str = "raw", limits: FreshnessLimits | None = None, *, now: datetime | None = None
) -> list[Freshness]:
    """The age of every table in schema `dataset`, by name. `now` (UTC) is the wall clock unless given."""
    limits, now = limits or FreshnessLimits(), now or datetime.now(UTC)
    return [
        _judge(table, _loaded_at(connection, dataset, table), limits, now) for table in _tables(connection, dataset)
    ]


def _judge(table: str, loaded_at: datetime | None, limits: FreshnessLimits, now: datetime) -> Freshness:
    if loaded_at is None:
        return Freshness(table, None, None, "error")
    hours = (now - loaded_at).total_seconds() / 3600
    if limits.error_hours is not None and hours > limits.error_hours:
        return Freshness(table, loaded_at, hours, "error")
    return Freshness(table, loaded_at, hours, "warn" if hours > limits.warn_hours else "pass")


def _tables(connection: Connection, dataset: str) -> list[str]:
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ? "
        "AND table_catalog = current_database() AND NOT starts_with(table_name, '_dlt_') ORDER BY table_name",
        [dataset],
    )
    return [name for (name,) in found.fetchall()]


def _loaded_at(connection: Connection, dataset: str, table: str) -> datetime | None:
    """The latest finished load with rows of `table`; the latest of all where rows do not say which load they are of."""
    latest = f"SELECT epoch_us(max(inserted_at)) FROM {quoted(dataset)}._dlt_loads WHERE status = 0"  # noqa: S608
    of_rows = f" AND load_id IN (SELECT _dlt_load_id FROM {quoted(dataset)}.{quoted(table)})"  # noqa: S608
    try:
        microseconds = _one(connection, latest + of_rows) or _one(connection, latest)
    except duckdb.BinderException:
        microseconds = _one(connection, latest)
    except duckdb.CatalogException:
        return None
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, UTC)


def _one(connection: Connection, sql: str) -> Any:
    return connection.execute(sql).fetchall()[0][0]
