"""A whole feed makes the table that sorting and folding makes, and one that is sound in itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from sbdk.cdc import apply_changes
from support.changes_oracle import Event, Rules, table
from support.claims import claim
from support.feeds import arrow, events, options, rows, rules

shuffled_twice = st.randoms(use_true_random=False)


@claim(80, 10_000, events(), rules(), shuffled_twice)
def test_the_table_is_that_of_a_fold_whatever_the_order_and_repetition(
    feed: list[Event], rule: Rules, chance: Any
) -> None:
    told = feed + chance.sample(feed, chance.randint(0, len(feed)))
    chance.shuffle(told)
    assert rows(apply_changes(arrow(told), **options(rule))) == table(feed, rule)


@claim(40, 10_000, events(truncates=True), rules(1))
def test_a_truncate_voids_what_is_not_later(feed: list[Event], rule: Rules) -> None:
    assert rows(apply_changes(arrow(feed), **options(rule, truncates=True))) == table(feed, rule)


@claim(40, 10_000, events(), rules(2))
def test_a_history_is_sound(feed: list[Event], rule: Rules) -> None:
    history = apply_changes(arrow(feed), **options(rule)).to_pylist()
    by_key: dict[int, list[tuple[int, int | None]]] = {}
    for row in history:
        by_key.setdefault(row["id"], []).append((row["valid_from"], row["valid_to"]))
    for spans in by_key.values():
        spans.sort()
        assert sum(end is None for _, end in spans) <= 1, "at most one current row for each key"
        assert all(end is None or begin < end for begin, end in spans)
        assert all(end is not None and end <= later for (_, end), (later, _) in pairwise(spans))
    now = sorted((r["id"], r["name"] or "", r["city"] or 0) for r in history if r["valid_to"] is None)
    last = apply_changes(arrow(feed), **(options(rule) | {"stored_as_scd_type": 1})).to_pylist()
    assert now == sorted((r["id"], r["name"] or "", r["city"] or 0) for r in last), "current rows are SCD 1"
    for key in {e["key"] for e in feed}:
        latest = max(e["seq"] for e in feed if e["key"] == key)
        if any(e["kind"] == "delete" and (e["key"], e["seq"]) == (key, latest) for e in feed):
            assert all(end is not None for _, end in by_key.get(key, [])), "nothing is current after a delete"


@claim(20, 2_000, events(), rules())
def test_several_sequence_columns_count_from_left_to_right(feed: list[Event], rule: Rules) -> None:
    whole = arrow(feed)
    seq = whole["seq"].to_pylist()
    split = whole.append_column("major", pa.array([s // 4 for s in seq], pa.int16()))
    split = split.append_column("minor", pa.array([s % 4 for s in seq], pa.int16()))
    more = {"sequence_by": ["major", "minor"], "except_column_list": ["seq", "op", "major", "minor"]}
    made = apply_changes(split, **(options(rule) | more))

    def whole_number(pair: Any) -> Any:
        return pair and pair["major"] * 4 + pair["minor"]

    width = 5 if rule.scd_type == 2 else 3
    told = [(*row[:3], *map(whole_number, row[3:])) for row in rows(made)]
    assert all(len(row) == width for row in told)
    assert sorted(told, key=repr) == table(feed, rule)


@claim(15, 1_000, events(), rules())
def test_a_reader_of_batches_is_as_good_as_a_table(feed: list[Event], rule: Rules) -> None:
    reader = pa.RecordBatchReader.from_batches(arrow([]).schema, arrow(feed).to_batches(max_chunksize=3))
    assert rows(apply_changes(reader, **options(rule))) == table(feed, rule)
