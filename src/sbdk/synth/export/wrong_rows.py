"""Which rows are wrong: the world is made again and each of its rows looked for in the copy."""

from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow as pa

from sbdk.synth.export.content_hash import cell_hashes
from sbdk.synth.export.differences import Difference
from sbdk.synth.export.formats import Batches
from sbdk.synth.export.manifest import TableEntry
from sbdk.synth.export.row_match import Missing, Surplus, row_hashes
from sbdk.synth.table import TableSet


def wrong_rows(
    world: TableSet, table: str, entry: TableEntry, read: Callable[[], Batches], limit: int
) -> list[Difference]:
    """Cells that differ in the first `limit` wrong rows, and that many rows that are missing or too many.

    Rows are matched by the table's key. `read` gives the found rows, and is asked twice. 16 bytes of memory per row.
    """
    found = row_hashes(read())
    missing = Missing(list(world.tables[table].key), limit)
    missing.look(world.tables[table].batches(*entry.row_range, clock=entry.clock), found, entry.row_range[0])
    cells: list[Difference] = []
    extra: list[Difference] = []
    for row, key in Surplus.of(found, missing.expected()).rows(read(), missing):
        if key in missing.first:
            cells += _cells(table, row, *missing.first.pop(key))
        elif len(extra) < limit:
            extra.append(_extra(table, row, missing.key))
        if not missing.first and len(extra) == limit:
            break
    lost = [_lost(table, number, row, missing.key) for number, row in missing.first.values()]
    return sorted(cells, key=lambda cell: cell.row or 0) + lost + extra


def _cells(table: str, found: pa.RecordBatch, number: int, expected: pa.RecordBatch) -> list[Difference]:
    """The cells of one row that are not as expected."""
    differences = []
    for name in expected.schema.names:
        cells = found.column(name), expected.column(name)
        if cell_hashes(cells[0], name)[0] != cell_hashes(cells[1], name)[0]:
            texts = _text(cells[0]), _text(cells[1])
            text = f"row {number}, column {name!r}: {texts[0]}, {texts[1]} expected"
            differences.append(Difference(table, "cell", text, None, number, name, *texts))
    return differences


def _lost(table: str, number: int, row: pa.RecordBatch, key: list[str]) -> Difference:
    text = f"row {number} ({_key_text(row, key)}) is missing"
    return Difference(table, "missing_row", text, row=number, expected=_key_text(row, key))


def _extra(table: str, row: pa.RecordBatch, key: list[str]) -> Difference:
    text = f"a row too many: {_key_text(row, key)}"
    return Difference(table, "extra_row", text, found=_key_text(row, key))


def _key_text(row: pa.RecordBatch, key: list[str]) -> str:
    return ", ".join(f"{name} = {_text(row.column(name))}" for name in key or row.schema.names)


def _text(cell: pa.Array) -> str:
    return json.dumps(cell[0].as_py(), default=str, ensure_ascii=False)
