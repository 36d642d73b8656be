"""What dlt promises holds in a private build: dispositions, cursors, all or nothing."""

from __future__ import annotations

import shutil

import pytest

from sbdk.core.errors import LoadError, SourceError

POISON = [
    "x'); DROP TABLE t; --",
    'a"b',
    "\x00nul\x00",
    "{{ 1 }}",
    "%s",
    "\\",
    "é🎈",
    "",
    " ",
    "NULL",
    "line\nbreak\ttab",
]


@pytest.mark.parametrize("wrap", ["{}", "pa.Table.from_pylist({})"])
def test_values_arrive_word_for_word(project, wrap):
    rows = [{"id": number, "v": value} for number, value in enumerate(POISON)]
    project.resource(wrap.format(repr(rows)))
    assert project.run() == {"t": len(POISON)}
    assert [value for (value,) in project.sql("select v from raw.t order by id")] == POISON


def test_append_replace_and_merge(project):
    for file, disposition in (("a.py", "append"), ("b.py", "replace"), ("c.py", "merge")):
        options = f", write_disposition={disposition!r}, primary_key='id'"
        project.resource("[{'id': 1, 'v': 1}, {'id': 2, 'v': 2}]", name=disposition, options=options, file=file)
    project.run()
    for file in ("a.py", "b.py", "c.py"):
        text = (project.folder / file).read_text()
        (project.folder / file).write_text(text.replace("'id': 1, 'v': 1", "'id': 3, 'v': 30"))
    project.run()
    assert project.sql("select id, v from raw.append order by all") == [(1, 1), (2, 2), (2, 2), (3, 30)]
    assert project.sql("select id, v from raw.replace order by all") == [(2, 2), (3, 30)]
    assert project.sql("select id, v from raw.merge order by all") == [(1, 1), (2, 2), (3, 30)]


def test_merge_key_replaces_whole_days(project):
    options = ", write_disposition='merge', merge_key='day'"
    project.resource("pa.table({'day': [1, 1, 2], 'v': [1, 2, 3]})", options=options)
    project.run()
    project.resource("pa.table({'day': [2, 3], 'v': [30, 4]})", options=options)
    project.run()
    assert project.sql("select day, v from raw.t order by all") == [(1, 1), (1, 2), (2, 30), (3, 4)]


def test_a_compound_merge_key_is_compared_column_by_column(project):
    """A key that is absent stays active: dlt's documentation of scd2. Joined together, k, 23 and k2, 3 are one text."""
    options = ", write_disposition={'disposition': 'merge', 'strategy': 'scd2'}, merge_key=('a', 'b')"
    project.resource("[{'a': 'k', 'b': '23', 'v': 1}]", options=options)
    project.run()
    project.resource("[{'a': 'k2', 'b': '3', 'v': 2}]", options=options)
    project.run()
    assert project.sql("select a, b, _dlt_valid_to from raw.t order by all") == [("k", "23", None), ("k2", "3", None)]
    project.resource("[{'a': 'k', 'b': '23', 'v': 3}]", options=options)
    project.run()
    assert project.sql("select v, _dlt_valid_to is null from raw.t order by v") == [(1, False), (2, True), (3, True)]


def test_numbers_beyond_64_bits_and_beyond_nine_digits_after_the_point(project):
    """The values are those that plain dlt stores: DECIMAL(38,0) for wei, a decimal rounded to nine digits."""
    rows = "[{'w': 2**63, 'd': Decimal('0.1234567890123')}, {'w': 2**100, 'd': Decimal('2.5')}]"
    project.resource(rows, options=", columns={'w': {'data_type': 'wei'}}")
    file = project.folder / "a.py"
    file.write_text(f"from decimal import Decimal\n{file.read_text()}")
    project.run()
    right = [("9223372036854775808", "0.123456789"), ("1267650600228229401496703205376", "2.500000000")]
    assert project.sql("select w::varchar, d::varchar from raw.t order by w") == right


def test_an_empty_replace_empties_the_table(project):
    project.resource("[{'id': 1}]", options=", write_disposition='replace'")
    project.run()
    project.resource("[]", options=", write_disposition='replace'")
    assert project.run() == {"t": 0}
    assert project.sql("select count(*) from raw.t") == [(0,)]


def test_nested_lists_become_tables_of_their_own(project):
    project.resource("[{'id': 1, 'items': [{'sku': 'a'}, {'sku': 'b'}]}, {'id': 2, 'items': []}]")
    assert project.run() == {"t": 2, "t__items": 2}


def test_a_source_that_yields_nothing_loads_nothing(project):
    project.file("a.py", "@dlt.resource\ndef nothing():\n    return\n    yield\n")
    assert project.run() == {}


def cursor(stop):
    return f"""
        @dlt.resource(name="t", primary_key="id")
        def made(at=dlt.sources.incremental("ts", initial_value=0)):
            yield [{{"id": i, "ts": i}} for i in range({stop})]
        """


def test_cursors_travel_inside_the_build_file(project, tmp_path):
    """Three builds, each a copy of the last with an empty working folder; renamed files keep their cursors."""
    loaded = []
    for number, stop in enumerate((5, 5, 9)):
        project.file(f"a{number}.py", cursor(stop))
        loaded.append(project.run())
        saved = tmp_path / f"{number}.duckdb"
        shutil.copy(project.build, saved)
        shutil.rmtree(project.build.parent)
        project.build.parent.mkdir()
        shutil.copy(saved, project.build)
        (project.folder / f"a{number}.py").unlink()
    assert loaded == [{"t": 5}, {}, {"t": 4}]
    assert project.sql("select count(*), count(distinct id), max(id) from raw.t") == [(9, 9, 8)]


def test_a_dropped_run_is_taken_up_without_loss_or_double(project, tmp_path):
    project.file("a.py", cursor(5))
    project.run()
    shutil.copy(project.build, tmp_path / "published.duckdb")
    project.file("a.py", cursor(9))
    project.run()
    shutil.rmtree(project.build.parent)
    project.build.parent.mkdir()
    shutil.copy(tmp_path / "published.duckdb", project.build)
    assert project.run() == {"t": 4}
    assert project.sql("select count(*), count(distinct id) from raw.t") == [(9, 9)]


def test_a_renamed_project_keeps_its_cursors(project):
    project.file("a.py", cursor(5))
    project.run(name="before")
    project.file("a.py", cursor(7))
    assert project.run(name="after") == {"t": 2}


@pytest.mark.parametrize("dataset", ["landing", "Raw Data", "select"])
def test_cursors_are_found_in_a_dataset_of_any_name(project, dataset):
    project.file("a.py", cursor(5))
    assert project.run(dataset=dataset) == {"t": 5}
    assert project.run(dataset=dataset) == {}


def test_a_merge_leaves_nothing_but_its_tables(project):
    project.resource("[{'id': 1}]", options=", write_disposition='merge', primary_key='id'")
    for _ in range(2):
        assert project.run() == {"t": 1}
        assert project.sql("select distinct schema_name from duckdb_tables()") == [("raw",)]


def test_a_table_removed_by_hand_is_missed_in_one_line(project):
    project.resource("[{'id': 1}]")
    project.run()
    project.sql("drop table raw.t")
    with pytest.raises(LoadError, match="t does not exist") as caught:
        project.run()
    assert "--full-refresh" in caught.value.hint


def test_a_build_that_is_no_database_is_refused(project):
    project.resource("[{'id': 1}]")
    project.build.write_bytes(b"not a database" * 1_000)
    with pytest.raises(LoadError, match="cannot be opened"):
        project.run()


def test_refresh_starts_all_anew(project):
    project.file("a.py", cursor(5))
    project.run()
    project.file("a.py", cursor(3))
    assert project.run(refresh=True) == {"t": 3}
    assert project.sql("select count(*) from raw.t") == [(3,)]
    assert project.run() == {}


def test_refresh_by_name_leaves_the_others_their_rows_and_cursors(project):
    project.file("a.py", cursor(5))
    project.file("b.py", cursor(5).replace('"t"', '"other"').replace("made", "other"))
    project.run()
    assert project.run(refresh={"t"}) == {"t": 5}
    assert project.sql("select (select count(*) from raw.t), (select count(*) from raw.other)") == [(5, 5)]


def test_refresh_touches_no_table_of_a_file_that_does_not_run(project):
    project.file("a.py", cursor(5))
    project.resource("{'id': 1}", name="other", file="b.py")
    project.run()
    (project.folder / "b.py").unlink()
    project.run(refresh=True)
    assert project.sql("select count(*) from raw.other") == [(1,)]


@pytest.mark.parametrize("before", [0, 1, 2_499])
def test_a_source_that_raises_loads_nothing_at_all(project, before):
    project.resource("[{'id': 1}]", name="good", file="good.py")
    project.resource("{'id': 0}", name="bad", file="bad.py")
    project.run()
    path = project.file(
        "bad.py",
        f"""
        @dlt.resource(name="bad")
        def made(at=dlt.sources.incremental("id", initial_value=0)):
            for i in range({before}):
                yield {{"id": i}}
            raise ValueError("no more")
        """,
    )
    with pytest.raises(SourceError, match="line 8: ValueError: no more") as caught:
        project.run()
    assert caught.value.file == str(path)
    assert project.sql("select (select count(*) from raw.good), (select count(*) from raw.bad)") == [(1, 1)]


@pytest.mark.parametrize("parallel", [True, False])
def test_side_by_side_or_one_by_one_the_rows_are_the_same(project, parallel):
    for name in "abc":
        project.file(
            f"{name}.py",
            f"""
            @dlt.resource(name={name!r})
            def made():
                state = dlt.current.resource_state()
                first = state.get("seen", 0)
                for i in range(2_500):
                    yield {{"id": first + i}}
                yield [{{"id": first + 2_500}}, {{"id": first + 2_501}}]
                state["seen"] = first + 2_502
            """,
        )
    for _ in range(2):
        assert project.run(parallel=parallel) == {"a": 2_502, "b": 2_502, "c": 2_502}
    assert project.sql("select count(*), count(distinct id), max(id) from raw.b") == [(5_004, 5_004, 5_003)]


def test_independent_resources_wait_at_the_same_time(project):
    """Each can only finish when the other has started."""
    project.file(
        "_meet.py",
        "import threading\nmeet = threading.Barrier(2, timeout=20)\n",
    )
    for name in "ab":
        project.file(
            f"{name}.py",
            f"""
            from _meet import meet

            @dlt.resource(name={name!r})
            def made():
                meet.wait()
                yield {{"id": 1}}
            """,
        )
    assert project.run() == {"a": 1, "b": 1}
