"""Every test of the saas template can fail: what it forbids is planted, and it turns red."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from sbdk.transform import TransformResult, Worker
from support.template_worker import copy_template, start_worker
from support.violations import VIOLATIONS

# One change to a model for each unit test: (file, right, wrong).
WRONG_MODELS = {
    "stg_events_looks_back_three_days": ("staging/stg_events.sql", "event_at desc,", "event_at,"),
    "stg_orders_take_the_rate_in_force": ("staging/stg_orders.sql", ">= rates.valid_from", "> rates.valid_from"),
    "user_metrics_segments": ("marts/user_metrics.sql", "recency > 180", "recency >= 180"),
    "fct_user_daily_activity_joins_events_and_orders": (
        "marts/fct_user_daily_activity.sql",
        "full join orders",
        "left join orders",
    ),
}


def test_a_violation_is_listed_for_each_data_test_and_each_unit_test(first_run: TransformResult) -> None:
    assert {test.name for test in first_run.tests if test.type == "test"} == set(VIOLATIONS)
    assert {test.name for test in first_run.tests if test.type == "unit_test"} == set(WRONG_MODELS)
    assert {test.status for test in first_run.tests} == {"pass"}


@pytest.fixture(scope="module")
def copied(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(shutil.copy(built, tmp_path_factory.mktemp("violations"))) as connection:
        yield connection


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_turns_its_test_red(
    name: str, first_run: TransformResult, copied: duckdb.DuckDBPyConnection
) -> None:
    """The query that dbt asked finds no row in what was built, and some in what is planted."""
    (query,) = [test.compiled_sql for test in first_run.tests if test.name == name]
    assert query is not None
    assert copied.execute(query).fetchall() == []
    for violation in VIOLATIONS[name]:
        copied.execute("begin")
        assert copied.execute(violation).fetchall()[0][0] > 0, f"nothing was planted: {violation}"
        assert copied.execute(query).fetchall() != [], violation
        copied.execute("rollback")


def test_dbt_says_so(worker: Worker, built: Path, copy_of: Callable[[Path], Path]) -> None:
    name, (violation, *_) = next(iter(VIOLATIONS.items()))
    database = copy_of(built)
    with duckdb.connect(str(database)) as connection:
        connection.execute(violation)
    (test,) = worker.build(database, select=[name]).tests
    assert (test.status, bool(test.failures)) == ("fail", True)


def test_a_wrong_model_turns_its_unit_test_red(built: Path, copy_of: Callable[[Path], Path], tmp_path: Path) -> None:
    dbt = copy_template("saas", tmp_path / "saas")
    for file, right, wrong in WRONG_MODELS.values():
        path = dbt / "models" / file
        assert right in path.read_text()
        path.write_text(path.read_text().replace(right, wrong))
    database = copy_of(built)
    with start_worker(dbt, tmp_path / "work", database) as worker:
        for name, (file, _, _) in WRONG_MODELS.items():
            tests = worker.build(database, select=[Path(file).stem]).tests
            assert [test.status for test in tests if test.name == name] == ["fail"]
