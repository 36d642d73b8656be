"""Every place that shows rows to people or programs shows them through here, so that a value is the same everywhere.

`sbdk query` in all its forms, the rows that checks keep, the dashboard with its exports, and reports: they take the
Arrow table of a query (`Connection.query`, `Target.query`), which has the target's own text where Arrow lacks the type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def texts_of(table: pa.Table, *, cut: int | None = None) -> Iterator[tuple[str | None, ...]]:
    """Rows as the target's own texts (`CAST(… AS VARCHAR)`), None for NULL, each at most `cut` characters long."""
    from sbdk.targets.duckdb.values import texts_of as texts

    return texts(table, cut=cut)


def values_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Rows as values of JSON: None, bool, int, float, Decimal, str, list, dict; and bytes.

    Times are in ISO 8601, `2026-01-02T03:04:05`, and intervals too, `P1M2D`; a time that it cannot write (infinity,
    44 BC, a year above 9999) is the target's own text, and so is a value that JSON has nothing like.
    """
    from sbdk.targets.duckdb.values import values_of as values

    return values(table)


def python_columns(table: pa.Table) -> Iterator[list[Any]]:
    """The columns as Arrow hands them to Python, and those with a value that Python lacks as `values_of` has them."""
    from sbdk.targets.duckdb.values import python_columns as columns

    return columns(table)


def sql_types(table: pa.Table) -> list[str]:
    """The target's type of each column, as in the query that the table comes from."""
    from sbdk.targets.duckdb.values import sql_types as types

    return types(table)


def for_parquet(table: pa.Table) -> pa.Table:
    """The table as Parquet can hold it: the target's own text where it has no such type."""
    from sbdk.targets.duckdb.values import for_parquet as convert

    return convert(table)
