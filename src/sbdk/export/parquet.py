"""Parquet: writing and reading, batches gathered into row groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sbdk.export.formats import Batches, Format, formats

ROW_GROUP = 122_880  # DuckDB's size, so that each row group becomes one of DuckDB's
_FIRST_ROWS = 4_096


def save(batches: Batches, schema: pa.Schema, path: Path, raw: bool = False) -> None:
    """Write with zstd, integers and times as deltas: a quarter of the uncompressed size at nearly the same speed."""
    deltas = {field.name: "DELTA_BINARY_PACKED" for field in schema if _is_whole_number(field.type)}
    _write(batches, schema, path, compression="zstd", column_encoding=deltas)


def save_plain(batches: Batches, schema: pa.Schema, path: Path) -> None:
    """Write without compression, for a reader on the same machine that reads once."""
    _write(batches, schema, path, compression="none")


def _write(batches: Batches, schema: pa.Schema, path: Path, **options: Any) -> None:
    """Write dictionary-encoded columns without decoding them, which is twice as fast as writing their texts.

    Without the Arrow schema in the file (`store_schema`) every reader sees plain texts.
    """
    coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    with pq.ParquetWriter(path, schema, use_dictionary=coded or False, store_schema=False, **options) as writer:
        for table in tables_of(batches, schema, ROW_GROUP):
            writer.write_table(table, ROW_GROUP)


def _is_whole_number(data_type: pa.DataType) -> bool:
    test = pa.types
    return bool(test.is_integer(data_type) or test.is_timestamp(data_type) or test.is_date(data_type))


def tables_of(batches: Iterable[pa.RecordBatch], schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    """Tables of one chunk and exactly `rows` rows, the last one of the rest. Batches of that size are not copied."""
    pending: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        pending.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(pending, schema)
        whole = count - count % rows
        for start in range(0, whole, rows):
            yield table.slice(start, rows).combine_chunks()
        pending, count = table.slice(whole).to_batches(), count - whole
    if count:
        yield pa.Table.from_batches(pending, schema).combine_chunks()


def load(path: Path, schema: pa.Schema, raw: bool = False) -> Batches:
    """Batches of the columns that the file has, with the file's own types."""
    with pq.ParquetFile(path) as file:
        columns = [name for name in schema.names if name in file.schema_arrow.names]
        coded = _repetitive(file)
    with pq.ParquetFile(path, read_dictionary=coded) as file:
        yield from file.iter_batches(ROW_GROUP, columns=columns)


def _repetitive(file: pq.ParquetFile) -> list[str]:
    """Text columns with repeated values, to be read as dictionaries, which is twice as fast.

    Decided by the first rows: reading the metadata of a damaged file makes pyarrow abort the process.
    """
    texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
    first = next(file.iter_batches(_FIRST_ROWS, columns=texts), None) if texts else None
    if first is None:
        return []
    return [name for name in texts if 2 * pc.count_distinct(first.column(name)).as_py() < first.num_rows]


def names(path: Path) -> list[str]:
    return list(pq.read_schema(path).names)


formats.register("parquet", Format((".parquet", ".pq"), save, load, names), module=__name__)
