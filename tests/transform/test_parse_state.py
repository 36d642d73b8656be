"""dbt's parse state is kept between runs, and neither a change nor a torn file is overlooked."""

from __future__ import annotations

import sys

from sbdk.transform import warm_parse
from sbdk.transform.worker_process.parse_cache import FILE
from support.tiny_project import TinyProject, query


def test_what_init_parsed_the_first_run_need_not_parse(project: TinyProject) -> None:
    state = project.target / "partial_parse.msgpack"
    state.unlink()
    (project.target / FILE).unlink()
    warm_parse(
        python=sys.executable,
        dbt_dir=project.dbt,
        profiles_dir=project.dbt,
        target_path=project.target,
        log_path=project.log,
        target="dev",
        database=project.database,
    )
    assert (project.target / FILE).stat().st_size > 10_000
    with project.start(database=project.database) as worker:
        assert worker.wait_parsed()["kept"] is True


def test_a_changed_model_and_a_torn_parse_state_are_seen(project: TinyProject) -> None:
    model = "models/late_orders.sql"
    project.write({model: "select 42 as answer\n"})
    with project.start() as worker:
        assert worker.wait_parsed()["kept"] is False
        assert worker.build(project.database).ok
    assert query(project.database, "select * from late_orders") == [(42,)]
    state = project.target / "partial_parse.msgpack"
    state.write_bytes(state.read_bytes()[:1000])
    with project.start() as worker:
        assert worker.wait_parsed()["kept"] is False


def test_a_first_command_that_parses_anew_does_not_leave_the_next_one_waiting(project: TinyProject) -> None:
    with project.start() as worker:
        assert worker.build(project.database, select=["rates"], reparse=True).ok
        assert worker.build(project.database, select=["rates"]).ok
