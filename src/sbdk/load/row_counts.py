"""Counts the rows of a load by table: those extracted, those loaded, and those that dlt discarded between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dlt.common.pipeline import ExtractInfo, NormalizeInfo

RowCounts = dict[str, int]
"""Rows per table of the dataset, dlt's own tables left out."""


def extracted_rows(infos: list[ExtractInfo]) -> RowCounts:
    """Rows as the sources yielded them."""
    rows: Counter[str] = Counter()
    for metrics in (each for info in infos for packages in info.metrics.values() for each in packages):
        rows.update({table: counted.items_count for table, counted in metrics["table_metrics"].items()})
    return _without_dlt_tables(rows)


def normalized_rows(info: NormalizeInfo | None) -> RowCounts:
    """Rows as they are loaded, tables of nested lists included."""
    return _without_dlt_tables(dict(info.row_counts)) if info else {}


def discarded_rows(schemas: Any, extracted: RowCounts, loaded: RowCounts) -> RowCounts:
    """By table whose contract with dlt says `discard_row`: how many of the extracted rows were not loaded."""
    found: RowCounts = {}
    for schema in schemas.values():
        of_all = schema.settings.get("schema_contract")
        for table, description in schema.tables.items():
            discards = "discard_row" in str(description.get("schema_contract") or of_all)
            lost = extracted.get(table, 0) - loaded.get(table, 0)
            if discards and lost > 0:
                found[table] = lost
    return found


def _without_dlt_tables(rows: Mapping[str, int]) -> RowCounts:
    return {table: count for table, count in sorted(rows.items()) if not table.startswith("_dlt")}
