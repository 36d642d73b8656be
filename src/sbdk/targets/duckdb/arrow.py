"""Arrow from a relation, without a wrong value: what Arrow has no type for arrives as DuckDB's own text.

Whole columns are cast, nested ones too, by rules for the types inside them. Three forms are made with such casts:
Arrow, values for JSON, and Parquet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation
from duckdb.sqltypes import DuckDBPyType

from sbdk.core.sql import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence


Rule: TypeAlias = Callable[[DuckDBPyType], "str | None"]
"""The SQL type that takes the place of a type; None: the type stays, and the rule is asked about those inside it."""

TEXT = "VARCHAR"
_NO_ARROW = ("uhugeint", "bignum", "bit", "time with time zone", "variant", "geometry", "tuple")


def arrow_rule(kind: DuckDBPyType) -> str | None:
    """For Arrow: text for a type that Arrow has no value for."""
    if kind.id == "union":
        return TEXT if any(cast_type(member, arrow_rule) for _, member in children(kind)) else None
    return TEXT if kind.id in _NO_ARROW else None


def wide_arrow_rule(kind: DuckDBPyType) -> str | None:
    """As `arrow_rule`, where a HUGEINT has more digits than a decimal of Arrow."""
    if kind.id == "union":
        return TEXT if any(cast_type(member, wide_arrow_rule) for _, member in children(kind)) else None
    return TEXT if kind.id == "hugeint" else arrow_rule(kind)


def value_rule(kind: DuckDBPyType) -> str | None:
    """For JSON: texts where Python has no such value (times of any year, infinity), a FLOAT as DuckDB prints it."""
    if kind.id == "union":
        return TEXT if any(cast_type(member, value_rule) for _, member in children(kind)) else None
    if kind.id == "map":
        (_, value) = (member for _, member in children(kind))
        return f"MAP({TEXT}, {cast_type(value, value_rule) or sql_type(value)})"
    return TEXT if kind.id in ("date", "float") or kind.id.startswith("time") else None


def parquet_rule(kind: DuckDBPyType) -> str | None:
    """For Parquet: texts for what it cannot hold; it has no seconds either, and infinity has no milliseconds."""
    if kind.id == "timestamp_s":
        return "TIMESTAMP"
    if kind.id == "struct" and not kind.children:
        return TEXT
    return TEXT if kind.id in ("interval", "union") else None


def children(kind: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    """The types inside a nested type, by name; of a union its members. None for a type without any."""
    if kind.id not in ("list", "array", "struct", "map", "union"):
        return []
    return [
        (name, child)
        for name, child in kind.children
        if isinstance(child, DuckDBPyType) and (name or kind.id != "union")
    ]


def cast_type(kind: DuckDBPyType, rule: Rule) -> str | None:
    """The SQL type that the rule makes of a type, None if it leaves all of it as it is."""
    replaced = rule(kind)
    if replaced is not None:
        return replaced
    inside = [(name, child, cast_type(child, rule)) for name, child in children(kind)]
    if not any(changed for _, _, changed in inside):
        return None
    types = [(name, changed or sql_type(child)) for name, child, changed in inside]
    if kind.id == "list":
        return f"{types[0][1]}[]"
    if kind.id == "array":
        return f"{types[0][1]}[{dict(kind.children)['size']}]"
    if kind.id == "map":
        return f"MAP({types[0][1]}, {types[1][1]})"
    return f"{kind.id.upper()}({', '.join(f'{quoted(name)} {text}' for name, text in types)})"


def sql_type(kind: DuckDBPyType) -> str:
    """The type as SQL can write it: a column of nothing but NULL has a type that no cast may name."""
    return cast_type(kind, lambda inner: TEXT if inner.id == "null" else None) or str(kind)


def recast(relation: DuckDBPyRelation, rule: Rule) -> DuckDBPyRelation:
    """The relation with its columns cast as the rule says, under the same names; itself if there is none to cast."""
    types = [cast_type(kind, rule) for kind in relation.types]
    if not any(types):
        return relation
    parts = []
    for at, (name, text) in enumerate(zip(relation.columns, types, strict=True), 1):
        parts.append(f"{f'CAST(#{at} AS {text})' if text else f'#{at}'} AS {quoted(name)}")
    return relation.project(", ".join(parts))


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
