"""Schema drift: what becomes of a table when its source changes, by contract. Never a column made up by the loader."""

from __future__ import annotations

import pytest

from sbdk.core.errors import SbdkError, SourceError

NEW = ("{'a': 1}", "[{'a': 2, 'b': 'x'}, {'a': 3}]")
WIDER = ("{'a': 1}", "{'a': 2.5}")
OTHER = ("{'a': 1}", "[{'a': 'x'}, {'a': 3}]")


def drift(project, rows, contract=""):
    options = f", schema_contract={contract}" if contract else ""
    for step in rows:
        project.resource(step, options=options)
        loaded = project.run()
    return loaded


def test_a_new_column_is_added(project):
    drift(project, NEW)
    assert project.sql("select a, b from raw.t order by a") == [(1, None), (2, "x"), (3, None)]


def test_a_dropped_column_stays_and_is_null(project):
    drift(project, ("{'a': 1, 'b': 2}", "{'a': 2}"))
    assert project.sql("select a, b from raw.t order by a") == [(1, 2), (2, None)]


@pytest.mark.parametrize("rows", [WIDER, OTHER])
def test_a_type_that_does_not_fit_is_an_error_and_changes_nothing(project, rows):
    with pytest.raises(SourceError, match=r"t\.a: a value of type (double|text) came") as caught:
        drift(project, rows)
    assert caught.value.hint
    assert caught.value.file == str(project.folder / "a.py")
    assert project.sql("select a from raw.t") == [(1,)]
    assert project.columns() == ["a"]


def test_a_narrower_value_takes_the_type_of_its_column(project):
    drift(project, ("{'a': 'x', 'b': 1.5}", "{'a': 2, 'b': 2}"))
    assert project.sql("select a, b from raw.t order by b") == [("x", 1.5), ("2", 2.0)]


@pytest.mark.parametrize(
    ("contract", "rows", "expected"),
    [
        ("{'columns': 'discard_value'}", NEW, [(1,), (2,), (3,)]),
        ("{'columns': 'discard_row'}", NEW, [(1,), (3,)]),
        ("{'data_type': 'discard_value'}", OTHER, [(1,), (3,), (None,)]),
        ("{'data_type': 'discard_row'}", OTHER, [(1,), (3,)]),
    ],
)
def test_a_contract_of_the_authors_is_kept(project, contract, rows, expected):
    drift(project, rows, contract)
    assert project.sql("select * exclude (_dlt_id, _dlt_load_id) from raw.t order by all") == expected
    told = [event.text for event in project.events if event.kind == "warning" and "discarded" in event.text]
    assert told == (["t: its schema_contract discarded 1 rows"] if "discard_row" in contract else [])


def test_a_frozen_table_refuses_a_new_column(project):
    with pytest.raises(SourceError, match=r"t\.b: a new column came"):
        drift(project, NEW, "{'columns': 'freeze'}")


def test_only_an_author_who_asks_for_it_gets_a_variant_column(project):
    drift(project, OTHER, "{'data_type': 'evolve'}")
    assert project.columns() == ["a", "a__v_text"]


@pytest.mark.parametrize(
    "second",
    ["pa.table({'a': [2.5]})", "pa.table({'a': ['x']})", "pa.table({'a': [2 ** 40]})"],
)
def test_arrow_values_that_do_not_fit_are_an_error(project, second):
    with pytest.raises(SbdkError):
        drift(project, ("pa.table({'a': pa.array([1], pa.int32())})", second))
    assert project.sql("select a from raw.t") == [(1,)]


def test_arrow_columns_come_and_go(project):
    drift(project, ("pa.table({'a': [1], 'c': [True]})", "pa.table({'a': [2], 'b': ['x']})"))
    assert project.sql("select a, b, c from raw.t order by a") == [(1, None, True), (2, "x", None)]
