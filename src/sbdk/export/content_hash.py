"""Content hash of a table: independent of batches, order, threads and file format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sbdk.export.cell_hash import MASK, U64, cell_words, key, mix, total
from sbdk.synth.columns.arrays import family

VERSION = 1


@dataclass(frozen=True)
class ContentHash:
    """The hash of some rows. `+` combines the hashes of disjoint slices of a table."""

    rows: int = 0
    first: int = 0
    second: int = 0

    def __add__(self, other: ContentHash) -> ContentHash:
        first, second = (self.first + other.first) & MASK, (self.second + other.second) & MASK
        return ContentHash(self.rows + other.rows, first, second)

    def __str__(self) -> str:
        return f"{VERSION}-{self.first:016x}{self.second:016x}"


def content_hash(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> str:
    """The content hash of all rows of `batches`, which have the columns of `schema`.

    Raises UsageError for a type without a canonical form (a nested one).
    """
    for field in schema:
        family(field.type)
    return str(sum((hash_batch(batch) for batch in batches), ContentHash()))


def hash_batch(batch: pa.RecordBatch) -> ContentHash:
    """The hash of the rows of one batch."""
    first, second = row_sums(batch)
    return ContentHash(batch.num_rows, total(mix(first)), total(mix(second)))


def row_sums(batch: pa.RecordBatch) -> tuple[U64, U64]:
    """The sums a and b of each row."""
    first, second = np.zeros(batch.num_rows, np.uint64), np.zeros(batch.num_rows, np.uint64)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        cells = cell_hashes(column, name)
        first += cells
        cells *= np.uint64(2 * key(f"1/odd/{name}") + 1 & MASK)
        second += cells
    return first, second


def cell_hashes(column: pa.Array, name: str) -> U64:
    """The hash of each cell of the column called `name`."""
    if pa.types.is_dictionary(column.type):
        return _dictionary_hashes(column, name)
    cells = mix(cell_words(column) + np.uint64(key(f"1/cell/{family(column.type)}/{name}")))
    if column.null_count:
        cells[column.is_null().to_numpy(zero_copy_only=False)] = _null_hash(name)
    return cells


def _dictionary_hashes(column: pa.DictionaryArray, name: str) -> U64:
    """Hash each dictionary value once; one more entry, so that code 0 exists even if all cells are null."""
    values = np.append(cell_hashes(column.dictionary, name), _null_hash(name))
    codes = column.indices.fill_null(0) if column.indices.null_count else column.indices
    cells: U64 = np.take(values, codes.to_numpy(zero_copy_only=False))
    if column.indices.null_count:
        cells[column.indices.is_null().to_numpy(zero_copy_only=False)] = _null_hash(name)
    return cells


def _null_hash(name: str) -> np.uint64:
    return np.uint64(mix(np.array([key(f"1/null/{name}")], np.uint64))[0])
