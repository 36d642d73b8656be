"""dbt's parse state is kept between runs, and neither a change nor a torn file is overlooked."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sbdk.transform import warm_parse
from sbdk.transform.worker_process.parse_cache import FILE
from support.tiny_project import FILES, TinyProject, query


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


def test_a_moved_project_need_not_be_parsed_and_reads_its_own_seeds(tmp_path: Path, parsed_once: TinyProject) -> None:
    first = TinyProject(tmp_path / "first")
    first.write(FILES)
    shutil.copytree(parsed_once.target, first.target)
    second = TinyProject(tmp_path / "second")
    shutil.copytree(first.dbt, second.dbt)
    shutil.copytree(first.target, second.target)
    first.write({"seeds/rates.csv": "currency,rate\nUSD,9\nEUR,9\n"})
    with second.start() as worker:
        assert worker.wait_parsed()["kept"] is True
        assert worker.build(second.database).ok
    assert query(second.database, "select rate from rates order by all") == [(1.0,), (1.1,)]


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
