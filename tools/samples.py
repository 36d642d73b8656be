"""Write docs/samples/: fifty rows of each table of the shipped worlds, evenly spaced, for anyone to read critically."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sbdk.datasets.union import open_dataset
from sbdk.spec.world import WorldSettings
from sbdk.synth.table import Table

TARGET = Path(__file__).parent.parent / "docs" / "samples"
ROWS = 50
WORLDS = {
    "saas": (datetime(2025, 1, 1), {"users": 10_000, "events": 50_000, "orders": 20_000}),
    "retail": (datetime(2025, 12, 31), {}),
    "bookstore": (datetime(2025, 1, 1), {"books": 100, "sales": 100}),
}
"""By data set: where its data begins, and how much there is. All end with the year 2025, and have the seed 42."""
END = datetime(2026, 1, 1)


def documents() -> dict[str, str]:
    """By file name below docs/samples/: the whole page."""
    return {f"{name}.md": _document(name, start, volume) for name, (start, volume) in WORLDS.items()}


def _document(name: str, start: datetime, volume: dict[str, int]) -> str:
    world = open_dataset(name, WorldSettings(42, start, END, volume), Path())
    first = f"# Fifty rows of each table of `{name}`\n\nSeed 42, {start:%Y-%m-%d} to {END:%Y-%m-%d}, without dirt."
    return "\n\n".join([first, *(_section(table) for table in world.tables.values())]) + "\n"


def _section(table: Table) -> str:
    rows, count = sample(table), table.count()
    lines = [_line(rows.column_names), _line(["---"] * rows.num_columns)]
    lines += [_line(row.values()) for row in rows.to_pylist()]
    return "\n".join([f"## {table.name}", "", f"{rows.num_rows} of {count:,} rows.", "", *lines])


def sample(table: Table) -> pa.Table:
    """Up to fifty rows, from the first one on, with as many rows between any two."""
    count = table.count()
    places = range(count) if count <= ROWS else [number * count // ROWS for number in range(ROWS)]
    batches = [batch for place in places for batch in table.batches(place, place + 1)]
    return pa.Table.from_batches(batches, table.schema)


def _line(cells: Any) -> str:
    return "| " + " | ".join(_text(cell) for cell in cells) + " |"


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return "" if cell is None else str(cell).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for file, text in documents().items():
        (TARGET / file).write_text(text, encoding="utf-8")
