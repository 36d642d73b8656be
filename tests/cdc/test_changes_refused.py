"""What has no meaning is refused, with words and advice; and a refusal writes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from sbdk.cdc import ChangeError, apply_changes, apply_changes_into
from sbdk.core.errors import Terminal

FEED = pa.table(
    {"id": [1, 2, 2], "seq": [1, 1, 2], "op": ["U", "U", "D"], "gone": [False, False, True], "v": [1, 2, 3]}
)
USUAL: dict[str, Any] = {"keys": ["id"], "sequence_by": "seq", "stored_as_scd_type": 2}


def with_column(name: str, values: Any, type_: pa.DataType | None = None) -> pa.Table:
    return FEED.append_column(name, pa.array(values, type_))


NAN = float("nan")
UNION = pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["x", "y", "z"])])


@pytest.mark.parametrize(
    ("feed", "options", "says"),
    [
        (FEED, {"column_list": ["id"], "except_column_list": ["v"]}, "column_list and except_column_list are both"),
        (FEED, {"track_history_column_list": ["v"], "track_history_except_column_list": ["v"]}, "both given"),
        (FEED, {"column_list": [], "except_column_list": []}, "both given"),
        (FEED, {"keys": ["nobody"]}, "keys: the feed has no column nobody"),
        (FEED, {"keys": []}, "keys names no column"),
        (FEED, {"keys": "id"}, "keys is a list"),
        (FEED, {"keys": ["id", "id"]}, "keys names id twice"),
        (FEED, {"keys": [7]}, "no column 7"),
        (FEED, {"sequence_by": "nothing"}, "sequence_by: the feed has no column nothing"),
        (FEED, {"sequence_by": []}, "sequence_by names no column"),
        (FEED, {"column_list": ["id", "w"]}, "column_list: the feed has no column w"),
        (FEED, {"except_column_list": ["w"]}, "except_column_list: the feed has no column w"),
        (FEED, {"except_column_list": ["id"]}, "the key id is not among the columns"),
        (FEED, {"track_history_column_list": ["w"]}, "no column w"),
        (FEED, {"track_history_except_column_list": ["w"]}, "no column w"),
        (FEED, {"except_column_list": ["v"], "track_history_column_list": ["v"]}, "tracked column v is not"),
        (FEED, {"apply_as_truncates": "op = 'T'"}, "apply_as_truncates goes with stored_as_scd_type 1"),
        (FEED, {"stored_as_scd_type": 3}, "1 or 2, not 3"),
        (FEED, {"apply_as_deletes": "nothing = 1"}, "nothing"),
        (FEED, {"apply_as_deletes": "op = "}, "cannot be applied"),
        (FEED, {"apply_as_deletes": "op"}, "apply_as_deletes is not a condition: op is of type VARCHAR"),
        (FEED, {"apply_as_deletes": "v + 1"}, "of type BIGINT"),
        (with_column("__v", [1, 2, 3]), {}, "__v begins with two underscores"),
        (with_column("__v", [1, 2, 3]), {"sequence_by": "__v", "except_column_list": ["__v"]}, "underscores"),
        (with_column("valid_from", [1, 2, 3]), {}, "valid_from is taken"),
        (with_column("Valid_To", [1, 2, 3]), {}, "Valid_To is taken"),
        (with_column("ID", [1, 2, 3]), {}, "two columns called id"),
        (with_column("V", [1, 2, 3]), {"except_column_list": ["V"]}, "two columns called"),
        (with_column("v", [1, 2, 3]), {}, "two columns called v"),
        (with_column("s", [1, None, None], pa.int64()), {"sequence_by": "s"}, "2 of 3 events have no sequence"),
        (with_column("s", [1.0, NAN, 2.0]), {"sequence_by": "s"}, "1 of 3 events have NaN in the sequence column s"),
        (with_column("s", [1, None, 2], pa.int8()), {"sequence_by": ["seq", "s"]}, "1 of 3 events have no sequence"),
        (with_column("s", [1.0, NAN, 2.0]), {"sequence_by": ["seq", "s"]}, "1 of 3 events have NaN"),
        (with_column("k", [1, None, 2], pa.int8()), {"keys": ["id", "k"]}, r"1 of 3 events have no key \(k is null\)"),
        (with_column("k", [1.0, NAN, 2.0]), {"keys": ["k"]}, "1 of 3 events have NaN in the key k"),
        (with_column("k", [None, None, None], pa.null()), {"keys": ["k"]}, "3 of 3 events have no key"),
        (FEED.append_column("s", UNION), {"sequence_by": "s"}, "mixed types"),
        (FEED.append_column("s", UNION), {"keys": ["s"]}, "mixed types"),
        (with_column("s", [[1], [2], [3]]), {"sequence_by": "s"}, "is nested"),
        (with_column("s", [{"a": 1}] * 3), {"sequence_by": "s"}, "is nested"),
        (FEED.to_pylist(), {}, "not list"),
    ],
)
def test_a_declaration_or_a_feed_that_means_nothing(feed: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ChangeError, match=says):
        apply_changes(feed, **(USUAL | options))
    with duckdb.connect() as connection:
        with pytest.raises(ChangeError, match=says):
            apply_changes_into(connection, "kept", feed, **(USUAL | options))
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == []


def test_an_error_in_changes_is_a_terminal_error_and_a_value_error() -> None:
    with pytest.raises(ValueError, match="no column x") as caught:
        apply_changes(FEED, keys=["x"], sequence_by="seq")
    assert isinstance(caught.value, Terminal)
    assert caught.value.hint == "it has id, seq, op, gone, v"


def test_valid_from_is_a_name_like_any_other_in_type_1() -> None:
    made = apply_changes(with_column("valid_from", [1, 2, 3]), keys=["id"], sequence_by="seq")
    assert "valid_from" in made.column_names


def test_names_that_need_quotes_and_conditions_with_comments() -> None:
    odd = FEED.rename_columns(['the "id"', "seq uence", "op", "select", "v'"])
    made = apply_changes(odd, keys=['the "id"'], sequence_by="seq uence", apply_as_deletes="op = 'D' -- as told")
    assert made.to_pylist() == [{'the "id"': 1, "seq uence": 1, "op": "U", "select": False, "v'": 1}]


def test_a_boolean_column_is_a_condition_and_null_is_not_true() -> None:
    feed = FEED.set_column(3, "gone", pa.array([None, False, True]))
    made = apply_changes(feed, keys=["id"], sequence_by="seq", apply_as_deletes="gone", column_list=["id"])
    assert made.to_pylist() == [{"id": 1}]


def test_an_empty_feed_makes_an_empty_table() -> None:
    made = apply_changes(FEED.slice(0, 0), apply_as_deletes="gone", **USUAL)
    assert (made.num_rows, made.column_names) == (0, [*FEED.column_names, "valid_from", "valid_to"])


@pytest.mark.parametrize(
    ("change", "feed", "says"),
    [
        ({"keys": ["id", "op"]}, FEED, "was made with keys"),
        ({"stored_as_scd_type": 1}, FEED, "was made with stored_as_scd_type"),
        ({"track_history_column_list": ["v"]}, FEED, "was made with tracked"),
        ({"ignore_null_updates": True}, FEED, "was made with ignore_null_updates"),
        ({}, FEED.set_column(1, "seq", FEED["seq"].cast(pa.int32())), "was made with sequence_type"),
        ({"sequence_by": ["seq", "v"]}, FEED, "was made with sequence_type"),
        ({}, FEED.set_column(4, "v", FEED["v"].cast(pa.string())), "the column v of .* was BIGINT, now it is VARCHAR"),
        ({"track_history_column_list": ["id"]}, FEED.drop_columns(["v"]), "was made with tracked"),
        ({}, with_column("w", [1, 2, 3]), "was made with tracked"),
    ],
)
def test_a_table_made_by_other_rules_is_refused(change: dict[str, Any], feed: pa.Table, says: str) -> None:
    with duckdb.connect() as connection:
        apply_changes_into(connection, "kept", FEED, **USUAL)
        before = [connection.execute(f"from {name}").fetchall() for name in ("kept", "kept__log")]
        with pytest.raises(ChangeError, match=says) as caught:
            apply_changes_into(connection, "kept", feed, **(USUAL | change))
        assert "drop" in (caught.value.hint or "")
        assert [connection.execute(f"from {name}").fetchall() for name in ("kept", "kept__log")] == before


def test_a_new_column_that_is_not_tracked_is_added_and_was_null_before() -> None:
    options = USUAL | {"track_history_column_list": ["v"]}
    with duckdb.connect() as connection:
        apply_changes_into(connection, "kept", FEED, **options)
        more = with_column("w", [7, 8, 9]).set_column(1, "seq", pa.array([5, 6, 7]))
        apply_changes_into(connection, "kept", more, **options)
        assert connection.execute("select v, w, valid_from from kept where id = 2 order by valid_from").fetchall() == [
            (2, None, 1),
            (3, None, 2),
            (2, 8, 6),
            (3, 9, 7),
        ]
        with pytest.raises(ChangeError, match=r"column w of .* is not in the feed any more"):
            apply_changes_into(connection, "kept", FEED, **options)


def test_a_table_without_its_log_and_a_log_without_its_table() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table mine (id int)")
        with pytest.raises(ChangeError, match="without a log"):
            apply_changes_into(connection, "mine", FEED, **USUAL)
        apply_changes_into(connection, "kept", FEED, **USUAL)
        connection.execute("drop table kept")
        with pytest.raises(ChangeError, match="without its table"):
            apply_changes_into(connection, "kept", FEED, **USUAL)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lateness": -1}, "negative"),
        ({"lateness": timedelta(minutes=1)}, "cannot be taken from a sequence of type BIGINT"),
        ({"lateness": "ten minutes"}, "cannot be taken"),
        ({"lateness": 1, "sequence_by": ["seq", "v"]}, "one sequence column"),
        ({"lateness": 1, "sequence_by": "op"}, "number or a time, not VARCHAR"),
    ],
)
def test_a_lateness_that_does_not_fit(options: dict[str, Any], says: str) -> None:
    with duckdb.connect() as connection, pytest.raises(ChangeError, match=says):
        apply_changes_into(connection, "kept", FEED, **(USUAL | options))


@pytest.mark.parametrize("name", ["", ".", "a.b.c.d", 'a"b'])
def test_a_target_that_is_no_name(name: str) -> None:
    with duckdb.connect() as connection, pytest.raises(ChangeError):
        apply_changes_into(connection, name, FEED, **USUAL)
