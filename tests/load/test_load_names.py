"""Unusual names of tables and columns: loaded under a safe name or refused in one line; none executed, none lost."""

from __future__ import annotations

import pytest

from sbdk.core.errors import SourceError

HOSTILE = ['a"; DROP TABLE raw.keep; --', "a'; DROP TABLE raw.keep; --", "a\0b", "../../up", "a.b", "{{ x }}", "$1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_renamed(project, name):
    project.resource("{'id': 1}", name="keep", file="keep.py")
    project.resource(f"{{{name!r}: 7}}", name=name)
    loaded = project.run()
    (table,) = set(loaded) - {"keep"}
    assert table.replace("_", "").isalnum()
    (column,) = project.columns(table)
    assert column.replace("_", "").isalnum()
    assert project.sql(f"select {column} from raw.{table}") == [(7,)]
    assert project.sql("select id from raw.keep") == [(1,)]
    assert sorted(path.name for path in project.root.parent.iterdir()) == ["shop"]


def test_reserved_words_are_names_like_others(project):
    project.resource("{'select': 1, 'from': 2, 'order': 3}", name="table")
    project.run()
    assert project.sql('select "select", "from", "order" from raw."table"') == [(1, 2, 3)]


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_column_name_gets_one(project, blank):
    project.resource(f"{{{blank!r}: 1, 'b': 2}}")
    project.run()
    assert project.sql("select _empty, b from raw.t") == [(1, 2)]


def test_names_of_a_thousand_characters_stay_apart(project):
    long = "x" * 999
    project.resource(f"{{{long + 'a'!r}: 1, {long + 'b'!r}: 2}}", name=long + "t")
    ((table, rows),) = project.run().items()
    assert rows == 1
    assert len(table) <= 200
    assert project.sql(f"select * exclude (_dlt_id, _dlt_load_id) from raw.{table}") == [(1, 2)]


def test_two_thousand_columns(project):
    project.resource("{f'c{i}': i for i in range(2_000)}")
    project.run()
    assert len(project.columns()) == 2_000
    assert project.sql("select c0, c1999 from raw.t") == [(0, 1999)]


@pytest.mark.parametrize(
    ("row", "both"),
    [
        ("{'A b': 1, 'a_b': 2}", ("A b", "a_b")),
        ("{'ID': 1, 'id': 2}", ("ID", "id")),
        ("{'a': {'b': 1}, 'a__b': 2}", ("a.b", "a__b")),
        ("{'n': [{'X y': 1, 'x_y': 2}]}", ("X y", "x_y")),
        ("pa.table({'A b': [1], 'a_b': [2]})", ("A b", "a_b")),
    ],
)
def test_two_columns_that_would_become_one_are_refused_by_both_names(project, row, both):
    path = project.resource(row)
    with pytest.raises(SourceError) as caught:
        project.run()
    assert all(repr(name) in caught.value.message for name in both)
    assert caught.value.file == str(path)
    assert project.sql("select count(*) from duckdb_tables() where schema_name = 'raw'") == [(0,)]


def test_the_same_column_spelled_twice_in_different_rows_is_one_column(project):
    project.resource("[{'A b': 1}, {'a_b': 2}]")
    project.run()
    assert project.sql("select a_b from raw.t order by all") == [(1,), (2,)]
