"""Random change feeds for hypothesis, and feeds as Arrow tables."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from support.changes_oracle import Event, Rules

COLUMNS = ("name", "city")
SCHEMA = pa.schema(
    [("id", pa.int64()), ("seq", pa.int64()), ("op", pa.string()), ("name", pa.string()), ("city", pa.int32())]
)
values = st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1, 2]))


def event(key: int | None, seq: int, kind: str, contents: tuple[Any, ...]) -> Event:
    return {"key": key, "seq": seq, "kind": kind, "values": contents}


def events(truncates: bool = False, latest: int = 12) -> st.SearchStrategy[list[Event]]:
    """Few sequences and values, so that ties, repeats, gaps and runs are common.

    A few events of three keys, or many of nine: DuckDB takes no longer for nine histories than for one.
    """

    def of(keys: int) -> st.SearchStrategy[Event]:
        upserts = st.builds(event, st.integers(1, keys), st.integers(0, latest), st.just("upsert"), values)
        deletes = st.builds(event, st.integers(1, keys), st.integers(0, latest), st.just("delete"), values)
        kinds = [upserts, upserts, upserts, deletes]
        if truncates:
            kinds.append(st.builds(event, st.none(), st.integers(0, latest), st.just("truncate"), values))
        return st.one_of(kinds)

    return st.lists(of(3), max_size=14) | st.lists(of(9), min_size=24, max_size=40)


def rules(scd_type: int | None = None) -> st.SearchStrategy[Rules]:
    tracked = st.sampled_from([None, frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})])
    kind = st.just(scd_type) if scd_type else st.sampled_from([1, 2])
    return st.builds(Rules, st.just(len(COLUMNS)), kind, tracked, st.booleans())


def arrow(feed: list[Event]) -> pa.Table:
    """Deletes carry values, as they do in life; they must not matter."""
    rows = [(e["key"], e["seq"], e["kind"], *e["values"]) for e in feed]
    columns = [pa.array([row[i] for row in rows], SCHEMA.types[i]) for i in range(len(SCHEMA))]
    return pa.table(columns, schema=SCHEMA)


def options(rule: Rules, truncates: bool = False) -> dict[str, Any]:
    """The same rules in the words of the product."""
    tracked = None if rule.tracked is None else [COLUMNS[i] for i in sorted(rule.tracked)]
    more = {"apply_as_truncates": "op = 'truncate'"} if truncates else {}
    return {
        "keys": ["id"],
        "sequence_by": "seq",
        "apply_as_deletes": "op = 'delete'",
        "except_column_list": ["seq", "op"],
        "stored_as_scd_type": rule.scd_type,
        "ignore_null_updates": rule.ignore_nulls,
        "track_history_column_list": tracked,
        **more,
    }


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)
