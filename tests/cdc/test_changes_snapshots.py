"""Snapshots, compared one with the next, make the history that telling every difference would make."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from sbdk.cdc import ChangeError, apply_changes_from_snapshot
from support.changes_oracle import Event, Rules, table
from support.claims import claim
from support.feeds import COLUMNS, SCHEMA, event, rows, rules

Snapshot = dict[int, tuple[Any, Any]]
contents = st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1, 2]))
snapshots = st.lists(st.dictionaries(st.integers(0, 2), contents, max_size=3), min_size=1, max_size=5)


def arrow(snapshot: Snapshot) -> pa.Table:
    types = [SCHEMA.field(name).type for name in ("id", *COLUMNS)]
    columns = [list(snapshot), *([v[i] for v in snapshot.values()] for i in range(len(COLUMNS)))]
    return pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=["id", *COLUMNS])


def told(series: list[Snapshot]) -> list[Event]:
    """Every row of every snapshot as an upsert, every key that went as a delete."""
    events: list[Event] = []
    before: Snapshot = {}
    for number, snapshot in enumerate(series):
        events += [event(key, number, "upsert", values) for key, values in snapshot.items()]
        events += [event(key, number, "delete", (None, None)) for key in before.keys() - snapshot.keys()]
        before = snapshot
    return events


@claim(60, 3_000, snapshots, rules())
def test_snapshots_make_the_table_of_a_fold(series: list[Snapshot], rule: Rules) -> None:
    rule.ignore_nulls = False
    tracked = None if rule.tracked is None else [COLUMNS[i] for i in sorted(rule.tracked)]
    made = apply_changes_from_snapshot(
        ((number, arrow(s)) for number, s in enumerate(series)),
        keys=["id"],
        stored_as_scd_type=rule.scd_type,
        track_history_column_list=tracked,
    )
    assert rows(made) == table(told(series), rule)


@pytest.mark.parametrize(
    "versions",
    [
        ("2026-01", "2026-02"),
        (date(2026, 1, 1), date(2026, 1, 2)),
        (datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 0, 0, 1)),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        (0.5, 0.75),
        (-(2**62), 2**62),
    ],
)
def test_versions_become_valid_from_and_valid_to(versions: tuple[Any, Any]) -> None:
    series = [(versions[0], arrow({1: ("a", 1)})), (versions[1], arrow({1: ("b", 1)}))]
    made = apply_changes_from_snapshot(series, keys=["id"], stored_as_scd_type=2).sort_by("valid_from").to_pylist()
    assert [(row["valid_from"], row["valid_to"]) for row in made] == [versions, (versions[1], None)]


ONE = arrow({1: ("a", 1)})


@pytest.mark.parametrize(
    ("series", "says"),
    [
        ([], "no snapshot"),
        ([(None, ONE)], "no version"),
        ([(float("nan"), ONE)], "no version"),
        ([(True, ONE)], "not bool"),
        ([(1, ONE), (1, ONE)], "must ascend: 1 comes after 1"),
        ([(2, ONE), (1, ONE)], "must ascend"),
        ([(1, ONE), ("2", ONE)], "mixed types"),
        ([(1, ONE), (2, ONE.drop_columns(["city"]))], "other columns"),
        ([(1, ONE), (2, pa.concat_tables([ONE, ONE]))], "1 keys are more than once in snapshot 2"),
        ([(1, pa.concat_tables([ONE, arrow({None: ("a", 1)})]))], "1 rows of snapshot 1 have no key"),
        ([(1, ONE.rename_columns(["id", "Name", "name"]))], "two columns"),
        ([(1, ONE.rename_columns(["id", "__name", "city"]))], "underscores"),
        ([(1, "nothing")], "not str"),
    ],
)
def test_snapshots_that_cannot_be_compared_are_refused(series: list[Any], says: str) -> None:
    with pytest.raises(ChangeError, match=says):
        apply_changes_from_snapshot(series, keys=["id"], stored_as_scd_type=2)
