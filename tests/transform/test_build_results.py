"""What a build tells: every node, the numbers in the tables, the bad rows, who failed and what never ran."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from sbdk.core.errors import TransformError
from sbdk.core.events import NodeFinished, RunEvent, Warned
from sbdk.transform import Worker
from support.tiny_project import FILES, TinyProject, query


def test_a_build_makes_the_tables_and_tells_of_every_node(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    events: list[RunEvent] = []
    result = worker.build(project.database, emit=events.append)
    assert result.ok
    assert [(m.name, m.status, m.schema) for m in result.models] == [
        ("stg_orders", "success", "main"),
        ("dim_users", "success", "main"),
        ("late_orders", "success", "main"),
    ]
    assert [(s.name, s.rows) for s in result.seeds] == [("rates", 2)]
    assert len(result.tests) == 6  # 4 generic, 1 singular, 1 unit test
    assert {t.status for t in result.tests} == {"pass"}
    # 10 x 1.0 + 20 x 1.1; the order of 5 is too small; 40 x 1.0
    assert query(project.database, "select user_id, value from dim_users order by 1") == [(1, 32.0), (2, 40.0)]
    finished = [e for e in events if isinstance(e, NodeFinished)]
    assert len(finished) == 10
    assert max(e.done for e in finished) == finished[-1].total == 10
    assert ("model", "dim_users", "success") in {(e.resource, e.name, e.status) for e in finished}


def test_the_database_is_free_and_whole_after_a_build(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    worker.build(project.database)
    with duckdb.connect(str(project.database)) as connection:  # a second writer: refused while dbt held the file
        connection.execute("checkpoint")
    assert not project.database.with_name("dev.duckdb.wal").exists()


def test_one_worker_builds_several_databases(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    for number, amount in enumerate((100, 200)):
        other = project.new_database(f"other{number}", ((50, 9, amount, "USD"),))
        assert worker.build(other).ok
        assert query(other, "select value from dim_users where user_id = 9") == [(amount,)]


def test_a_failing_test_names_its_model_and_selects_its_rows(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    bad = project.new_database("negative", ((99, 3, "-3.00", "USD"),))
    result = worker.build(bad)
    assert [t.name for t in result.failed_tests] == ["no_negative_amounts"]
    failed = result.failed_tests[0]
    assert (failed.failures, failed.model, failed.severity) == (1, "stg_orders", "error")
    assert query(bad, failed.compiled_sql or "") == [(99, -3.0)]
    assert result.error is not None
    assert "no_negative_amounts of stg_orders" in result.error.message
    assert result.error.file == "tests/no_negative_amounts.sql"
    assert {m.name for m in result.models if m.status == "skipped"} == {"dim_users", "late_orders"}


def test_a_warning_does_not_stop_anything(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    odd = project.new_database("nobody", ((99, None, "1.00", "USD"),))
    result = worker.build(odd)
    assert result.ok
    warned = [test for test in result.tests if test.status == "warn"]
    assert [(t.model, t.severity, t.failures) for t in warned] == [("stg_orders", "warn", 1)]


def test_violations_turn_tests_red_one_by_one_in_a_warm_worker(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    assert worker.build(project.database).ok
    for name, planted in {
        "unique_dim_users_user_id": "insert into dim_users select * from dim_users limit 1",
        "no_negative_amounts": "insert into raw.raw_orders values (77, 1, -1, 'USD', now())",
    }.items():
        copy = project.root / name / "dev.duckdb"
        copy.parent.mkdir()
        copy.write_bytes(project.database.read_bytes())
        with duckdb.connect(str(copy)) as connection:
            connection.execute(planted)
        result = worker.build(copy, select=["test_type:data"])
        assert [t.name for t in result.failed_tests] == [name]
        assert result.models == []


def test_a_selection_that_matches_nothing_is_a_warning(shared: tuple[TinyProject, Worker]) -> None:
    project, worker = shared
    events: list[RunEvent] = []
    result = worker.build(project.database, select=["dim_userz"], emit=events.append)
    assert (result.models, result.tests) == ([], [])
    assert "'dim_userz' does not match" in next(e.text for e in events if isinstance(e, Warned))


def test_a_model_that_fails_is_named_with_the_databases_words(make_project: Callable[..., TinyProject]) -> None:
    project = make_project(**{"models/dim_users.sql": "select nope from {{ ref('big_orders') }}\n"})
    with project.start() as worker:
        result = worker.build(project.database)
    statuses = {m.name: m.status for m in result.models}
    assert statuses == {"stg_orders": "success", "dim_users": "error", "late_orders": "skipped"}
    assert result.error is not None
    assert result.error.file == "models/dim_users.sql"
    assert "dim_users" in result.error.message
    assert '"nope" not found' in result.error.message


@pytest.mark.parametrize(
    ("file", "text", "line", "words"),
    [
        ("models/dim_users.sql", "select 1\nfrom {{ ref( }}\n", 2, "unexpected"),
        ("models/dim_users.sql", "select 1 from {{ ref('nobody') }}\n", None, "'nobody' which was not found"),
        ("models/schema.yml", "models:\n  - name: x\n : y\n", 3, "Syntax error"),
        ("models/broken.py", "def model(dbt, session)\n    return 1\n", 1, "expected ':'"),
        ("dbt_project.yml", "name: [\n", 2, "Syntax error"),
        ("dbt_project.yml", FILES["dbt_project.yml"] + "modelz: {}\n", None, "'modelz' was unexpected"),
        ("profiles.yml", "tiny: {outputs: {prod: {type: duckdb}}}\n", None, "does not have a target named 'dev'"),
    ],
)
def test_what_does_not_parse_is_an_error_with_file_and_line(
    shared: tuple[TinyProject, Worker], file: str, text: str, line: int | None, words: str
) -> None:
    project, worker = shared
    project.write({file: text})
    try:
        with pytest.raises(TransformError) as caught:
            worker.build(project.database, reparse=True)
    finally:
        (project.dbt / file).unlink()
        project.write(FILES)
    assert caught.value.file == str(project.dbt / file)
    assert words in caught.value.message
    assert line is None or caught.value.message.startswith(f"line {line}: ")
    assert caught.value.hint
    assert worker.build(project.database, reparse=True).ok  # mended: the same worker goes on
