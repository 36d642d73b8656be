"""What the files of `sbdk add` use beside dlt: rows by their cursor, columns as text, and where a row came from.

`dated` and `undated` part the rows of a table at one day from now. What lies later, or has no value, would move the
cursor beyond all real rows or have none, so it is read whole in every run, by a resource without a cursor.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

AHEAD = timedelta(days=1)
"""How far in the future the cursor of a row may lie: clocks differ, and so do time zones."""

Adapter = Callable[..., Any]
"""A `query_adapter_callback` or `table_adapter_callback` of `dlt.sources.sql_database`."""


def dated(column: str) -> Adapter:
    """A `query_adapter_callback`: rows whose `column` has a value that is at most one day ahead."""

    def adapt(query: Any, table: Any, *_: Any) -> Any:
        return query.where(table.c[column] <= _latest(table.c[column]))

    return adapt


def undated(column: str) -> Adapter:
    """A `query_adapter_callback`: the rows that `dated(column)` leaves out."""

    def adapt(query: Any, table: Any, *_: Any) -> Any:
        value = table.c[column]
        return query.where(value.is_(None) | (value > _latest(value)))

    return adapt


def as_text(*columns: str) -> Adapter:
    """A `table_adapter_callback`: the database writes these columns as text, where their types have no other form."""

    def adapt(table: Any) -> Any:
        import sqlalchemy as sa

        chosen = [sa.cast(each, sa.Text).label(each.name) if each.name in columns else each for each in table.columns]
        rows: Any = sa.select(*chosen).subquery(table.name)
        for name in columns:
            rows.c[name].nullable = table.c[name].nullable  # which dlt compares with the rows' own
        return rows

    return adapt


def stamped(source: str) -> Callable[[Any], Any]:
    """A map for `add_map`: rows (dicts or Arrow tables) with `_extracted_at`, UTC, and `_source`, this text."""
    return partial(_stamp, {"_extracted_at": datetime.now(UTC), "_source": source})


def _stamp(stamps: dict[str, Any], item: Any) -> Any:
    if isinstance(item, dict):
        return {**item, **stamps}
    if not hasattr(item, "num_rows"):
        return item
    import pyarrow as pa

    table = item if isinstance(item, pa.Table) else pa.Table.from_batches([item])
    types = {"_extracted_at": pa.timestamp("us", tz="UTC"), "_source": pa.string()}
    for name, value in stamps.items():
        column = pa.field(name, types[name], nullable=False)
        table = table.append_column(column, pa.repeat(pa.scalar(value, types[name]), table.num_rows))
    return table


def _latest(column: Any) -> Any:
    """The latest value of a cursor that is believed, in the type of its column."""
    latest = datetime.now(UTC) + AHEAD
    kind = column.type.python_type
    if kind is datetime:
        return latest if getattr(column.type, "timezone", False) else latest.replace(tzinfo=None)
    if kind is date:
        return latest.date()
    if kind is str:
        return datetime.combine(latest.date(), time.max).isoformat(sep="~")  # after any form of that day's texts
    raise TypeError(f"{column.name} holds no times: {column.type}")
