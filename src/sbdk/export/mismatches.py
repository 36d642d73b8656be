"""Finds the rows and cells in which a copy differs: missing, surplus and wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.export.cell_hash import U64
from sbdk.export.content_hash import cell_hashes, row_sums
from sbdk.export.formats import Batches
from sbdk.export.manifest import TableEntry
from sbdk.synth.table import TableSet

Kind = Literal[
    "missing_table",
    "unreadable",
    "missing_column",
    "extra_column",
    "type",
    "rows",
    "content",
    "cell",
    "missing_row",
    "extra_row",
]
NONE: U64 = np.zeros(0, np.uint64)


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the manifest says. `text` says it in full, for people.

    row: 0-based, in the world's order; found and expected are JSON texts of one cell, or of a row's key.
    """

    table: str
    kind: Kind
    text: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    found: str | None = None
    expected: str | None = None

    def __str__(self) -> str:
        return f"{self.table}: {self.text}"

    def as_dict(self) -> dict[str, str | int | None]:
        """For `--json`."""
        return asdict(self)


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


@dataclass
class Missing:
    """Expected rows that were not found as they are, and the hashes of all expected rows."""

    key: list[str]
    limit: int
    first: dict[int, tuple[int, pa.RecordBatch]] = field(default_factory=dict)  # key hash: row number and row
    _keys: list[U64] = field(default_factory=list)
    _rows: list[U64] = field(default_factory=list)

    def look(self, expected: Batches, found: U64, number: int) -> None:
        """Go through the expected rows, the first of which has that number; `found` is sorted."""
        for batch in expected:
            rows, keys = row_sums(batch)[0], key_hashes(batch, self.key)
            lost = np.flatnonzero(~among(rows, found))
            self._keys.append(keys[lost])
            self._rows.append(rows)
            for at in lost[: self.limit - len(self.first)]:
                self.first[int(keys[at])] = (number + int(at), batch.slice(at, 1))
            number += batch.num_rows

    def keys(self) -> U64:
        """Of all of them, sorted."""
        return np.sort(np.concatenate([NONE, *self._keys]))

    def expected(self) -> U64:
        """The hashes of all expected rows, sorted."""
        return np.sort(np.concatenate([NONE, *self._rows]))


@dataclass
class Surplus:
    """Found rows that should not be there: hashes that are not expected, or found twice."""

    hashes: U64
    doubled: set[int]

    @classmethod
    def of(cls, found: U64, expected: U64) -> Surplus:
        """Both sorted."""
        there, times = np.unique(found, return_counts=True)
        known = among(there, expected)
        allowed = np.searchsorted(expected, there, "right") - np.searchsorted(expected, there, "left")
        doubled = {int(row) for row in there[known & (times > allowed)][:1_000]}
        return cls(there[times > allowed], doubled)

    def rows(self, found: Batches, missing: Missing) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Each a batch of one with its key's hash: those of `missing.first`, and some that match no missing row."""
        first, lost = np.sort(np.array(list(missing.first), np.uint64)), missing.keys()
        for batch in found:
            rows, keys = row_sums(batch)[0], key_hashes(batch, missing.key)
            wrong = among(rows, self.hashes)
            changed = np.flatnonzero(wrong & among(keys, first))
            extra = (at for at in np.flatnonzero(wrong & ~among(keys, lost)) if not self._is_first(int(rows[at])))
            for at in [*changed, *(at for _, at in zip(range(missing.limit), extra, strict=False))]:
                yield batch.slice(at, 1), int(keys[at])

    def _is_first(self, row: int) -> bool:
        """Of a row found twice the first one is right."""
        first = row in self.doubled
        self.doubled.discard(row)
        return first


def row_hashes(batches: Batches) -> U64:
    """The hashes of all rows, sorted."""
    return np.sort(np.concatenate([NONE, *(row_sums(batch)[0] for batch in batches)]))


def among(hashes: U64, ordered: U64) -> NDArray[np.bool_]:
    """Which of `hashes` are in the sorted array."""
    if not len(ordered):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    return np.asarray(ordered[places] == hashes)


def key_hashes(batch: pa.RecordBatch, key: list[str]) -> U64:
    """The hash of each row's key; of the whole row if the table has none, so that nothing is matched."""
    return row_sums(batch.select(key) if key else batch)[0]


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
