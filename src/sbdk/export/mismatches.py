"""Finds the rows and cells in which a copy differs from the data set: missing, surplus and wrong ones."""

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
_NO_HASHES: U64 = np.zeros(0, np.uint64)


@dataclass(frozen=True)
class Difference:
    """One difference from the manifest. `text` is the full sentence for people.

    row: 0-based, in the data set's order; found and expected are JSON texts of one cell, or of a row's key.
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
    dataset: TableSet, table: str, entry: TableEntry, read: Callable[[], Batches], limit: int
) -> list[Difference]:
    """The differing cells of the first `limit` wrong rows, and up to `limit` missing and `limit` surplus rows.

    Rows are matched by the table's key. `read` returns the found rows; called twice. Memory: 16 bytes per row.
    """
    found = row_hashes(read())
    missing = MissingRows(list(dataset.tables[table].key), limit)
    missing.collect(dataset.tables[table].batches(*entry.row_range, clock=entry.clock), found, entry.row_range[0])
    cells: list[Difference] = []
    extra: list[Difference] = []
    for row, key in SurplusRows.of(found, missing.expected()).rows(read(), missing):
        if key in missing.first:
            cells += _cell_differences(table, row, *missing.first.pop(key))
        elif len(extra) < limit:
            extra.append(_extra_row(table, row, missing.key))
        if not missing.first and len(extra) == limit:
            break
    absent = [_missing_row(table, number, row, missing.key) for number, row in missing.first.values()]
    return sorted(cells, key=lambda cell: cell.row or 0) + absent + extra


@dataclass
class MissingRows:
    """Expected rows of which no exact copy was found, and the hashes of all expected rows."""

    key: list[str]
    limit: int
    first: dict[int, tuple[int, pa.RecordBatch]] = field(default_factory=dict)  # key hash: row number and row
    _keys: list[U64] = field(default_factory=list)
    _rows: list[U64] = field(default_factory=list)

    def collect(self, expected: Batches, found: U64, first_row: int) -> None:
        """Add the missing ones among the expected rows, which begin with row `first_row`; `found` is sorted."""
        for batch in expected:
            rows, keys = row_sums(batch)[0], key_hashes(batch, self.key)
            missing = np.flatnonzero(~is_in(rows, found))
            self._keys.append(keys[missing])
            self._rows.append(rows)
            for index in missing[: self.limit - len(self.first)]:
                self.first[int(keys[index])] = (first_row + int(index), batch.slice(index, 1))
            first_row += batch.num_rows

    def keys(self) -> U64:
        """The key hashes of all missing rows, sorted."""
        return np.sort(np.concatenate([_NO_HASHES, *self._keys]))

    def expected(self) -> U64:
        """The hashes of all expected rows, sorted."""
        return np.sort(np.concatenate([_NO_HASHES, *self._rows]))


@dataclass
class SurplusRows:
    """Surplus rows: `hashes` that are not expected or are found too often; of the latter, some in `repeated`."""

    hashes: U64
    repeated: set[int]

    @classmethod
    def of(cls, found: U64, expected: U64) -> SurplusRows:
        """Compare the hashes of found and expected rows, both sorted."""
        distinct, times = np.unique(found, return_counts=True)
        known = is_in(distinct, expected)
        allowed = np.searchsorted(expected, distinct, "right") - np.searchsorted(expected, distinct, "left")
        repeated = {int(row) for row in distinct[known & (times > allowed)][:1_000]}
        return cls(distinct[times > allowed], repeated)

    def rows(self, found: Batches, missing: MissingRows) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Surplus rows (one-row batch, key hash): those that match `missing.first`, and some others."""
        first, missing_keys = np.sort(np.array(list(missing.first), np.uint64)), missing.keys()
        for batch in found:
            rows, keys = row_sums(batch)[0], key_hashes(batch, missing.key)
            wrong = is_in(rows, self.hashes)
            changed = np.flatnonzero(wrong & is_in(keys, first))
            extra = (i for i in np.flatnonzero(wrong & ~is_in(keys, missing_keys)) if not self._is_first(int(rows[i])))
            for index in [*changed, *(index for _, index in zip(range(missing.limit), extra, strict=False))]:
                yield batch.slice(index, 1), int(keys[index])

    def _is_first(self, row: int) -> bool:
        """Is it the first copy of a repeated row, which is right?"""
        first = row in self.repeated
        self.repeated.discard(row)
        return first


def row_hashes(batches: Batches) -> U64:
    """The hashes of all rows, sorted."""
    return np.sort(np.concatenate([_NO_HASHES, *(row_sums(batch)[0] for batch in batches)]))


def is_in(hashes: U64, ordered: U64) -> NDArray[np.bool_]:
    """Which of `hashes` are in the sorted array."""
    if not len(ordered):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    return np.asarray(ordered[places] == hashes)


def key_hashes(batch: pa.RecordBatch, key: list[str]) -> U64:
    """The hash of each row's key; of the whole row if the table has no key, so that no rows are matched."""
    return row_sums(batch.select(key) if key else batch)[0]


def _cell_differences(table: str, found: pa.RecordBatch, number: int, expected: pa.RecordBatch) -> list[Difference]:
    """The cells of one row that differ."""
    differences = []
    for name in expected.schema.names:
        cells = found.column(name), expected.column(name)
        if cell_hashes(cells[0], name)[0] != cell_hashes(cells[1], name)[0]:
            texts = _text(cells[0]), _text(cells[1])
            text = f"row {number}, column {name!r}: {texts[0]}, {texts[1]} expected"
            differences.append(Difference(table, "cell", text, None, number, name, *texts))
    return differences


def _missing_row(table: str, number: int, row: pa.RecordBatch, key: list[str]) -> Difference:
    text = f"row {number} ({_key_text(row, key)}) is missing"
    return Difference(table, "missing_row", text, row=number, expected=_key_text(row, key))


def _extra_row(table: str, row: pa.RecordBatch, key: list[str]) -> Difference:
    text = f"a row too many: {_key_text(row, key)}"
    return Difference(table, "extra_row", text, found=_key_text(row, key))


def _key_text(row: pa.RecordBatch, key: list[str]) -> str:
    return ", ".join(f"{name} = {_text(row.column(name))}" for name in key or row.schema.names)


def _text(cell: pa.Array) -> str:
    return json.dumps(cell[0].as_py(), default=str, ensure_ascii=False)
