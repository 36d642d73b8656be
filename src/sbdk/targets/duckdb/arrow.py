"""Arrow from a relation, without a wrong value: what Arrow has no type for arrives as DuckDB's own text."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation
from duckdb.sqltypes import DuckDBPyType

from sbdk.targets.duckdb.casts import arrow_rule, cast_type, children, recast, wide_arrow_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPE = b"duckdb.type"
"""Key in the metadata of a field: DuckDB's type, where it is not the one that DuckDB gives the Arrow type."""
_LIMIT = Decimal(10) ** 38


def to_arrow(relation: DuckDBPyRelation) -> pa.Table:
    """The rows of a relation. Each field whose type Arrow lacks has DuckDB's in its metadata, see `TYPE`.

    A HUGEINT is a decimal of 38 digits, as DuckDB gives it; where a value has 39 the query runs a second time, and the
    column is text. Dates and times that no calendar of Python has (infinity, 44 BC) keep DuckDB's numbers.
    """
    kinds = relation.types
    table = recast(relation, arrow_rule).to_arrow_table()
    if any(_has(kind, "hugeint") for kind in kinds) and any(map(_too_wide, table.columns)):
        table = recast(relation, wide_arrow_rule).to_arrow_table()
    return _labelled(table, kinds)


def to_reader(relation: DuckDBPyRelation, rows: int) -> pa.RecordBatchReader:
    """The same in batches of about `rows` rows; a HUGEINT of 39 digits is an error, as a type cannot change midway."""
    return recast(relation, _narrow_rule).to_arrow_reader(rows)


def _narrow_rule(kind: DuckDBPyType) -> str | None:
    return "DECIMAL(38,0)" if kind.id == "hugeint" else arrow_rule(kind)


def _has(kind: DuckDBPyType, name: str) -> bool:
    return kind.id == name or any(_has(child, name) for _, child in children(kind))


def _labelled(table: pa.Table, kinds: Sequence[DuckDBPyType]) -> pa.Table:
    fields = [
        field.with_metadata({TYPE: str(kind).encode()})
        if cast_type(kind, arrow_rule) or _has(kind, "hugeint")
        else field
        for field, kind in zip(table.schema, kinds, strict=True)
    ]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))


def _too_wide(column: pa.ChunkedArray) -> bool:
    """Whether a decimal without a scale, at any depth, has more than the 38 digits that its type promises."""
    for leaf in leaves(column):
        if pa.types.is_decimal(leaf.type) and leaf.type.scale == 0:
            ends = pc.min_max(leaf).as_py()
            if any(end is not None and abs(end) >= _LIMIT for end in ends.values()):
                return True
    return False


def leaves(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """The arrays without a type inside them of which a column consists."""
    for chunk in column.chunks:
        yield from _leaves(chunk)


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    kind = array.type
    if pa.types.is_map(kind):
        yield from _leaves(array.keys)
        yield from _leaves(array.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(array.flatten())
    elif pa.types.is_struct(kind) or pa.types.is_union(kind):
        for at in range(kind.num_fields):
            yield from _leaves(array.field(at))
    else:
        yield array
