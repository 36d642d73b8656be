"""The cursors that dlt keeps in a warehouse: up to which value each incremental resource has loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sbdk.core.sql import quoted
from sbdk.targets.base import Connection


@dataclass(frozen=True)
class Cursor:
    """One incremental resource: its source, its table, the column and the last value that was loaded."""

    source: str
    resource: str
    column: str
    last_value: Any


def stored_cursors(connection: Connection, dataset: str) -> list[Cursor]:
    """The cursors in the latest state that dlt stored for the dataset of this name; none before a first load."""
    from dlt.common.normalizers.naming.snake_case import NamingConvention
    from dlt.common.versioned_state import decompress_state

    dataset = NamingConvention().normalize_identifier(dataset)
    if not connection.columns("_dlt_pipeline_state", dataset):
        return []
    table = f"{quoted(dataset)}._dlt_pipeline_state"
    stored = connection.value(f"SELECT state FROM {table} ORDER BY version DESC LIMIT 1")  # noqa: S608
    return sorted(_cursors(decompress_state(str(stored))), key=lambda each: (each.source, each.resource))


def _cursors(state: dict[str, Any]) -> Iterator[Cursor]:
    for source, kept in state.get("sources", {}).items():
        for resource, own in kept.get("resources", {}).items():
            for column, cursor in own.get("incremental", {}).items():
                yield Cursor(source, resource, column, cursor.get("last_value"))
