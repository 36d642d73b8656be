"""The kinds of tests, by where they stand, and the guard that holds unit tests to their kind.

`unit`: starts no process and no server, runs no whole project. `e2e`: a whole project through the command line, or
pages in a browser or over HTTP. The tests between them (locks, dlt, dbt, killed writers, whole worlds that are graded)
are neither.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
NONE = ""
KINDS = {
    "app": "e2e",
    "cdc/test_cdc_docs.py": "unit",
    "cdc/test_changes_refused.py": "unit",
    "cdc/test_changes_types.py": "unit",
    "cli": "e2e",
    "cli/test_interrupted.py": "unit",
    "cli/test_start_screen.py": "unit",
    "contracts": "unit",
    "contracts/test_contract_command.py": "e2e",
    "contracts/test_contracts_in_runs.py": "e2e",
    "contracts/test_contract_exports.py::test_dbt_by_dbt": NONE,
    "contracts/test_contract_exports.py::test_dlt_by_dlt": NONE,
    "core": "unit",
    "core/test_files.py::test_a_kill_leaves_the_old_content": NONE,
    "core/test_interrupts.py": NONE,
    "core/test_process.py": NONE,
    "datasets/declared": "unit",
    "datasets/declared/test_declared_world.py::test_another_process_makes_the_same_bytes": NONE,
    "datasets/retail": "unit",
    "datasets/retail/test_score_mutants.py": NONE,
    "datasets/retail/test_score_sabotage.py": NONE,
    "datasets/saas/test_saas_emails.py": "unit",
    "datasets/saas/test_saas_emails.py::test_none_of_ten_million_local_parts_twice": NONE,
    "datasets/saas/test_saas_settings.py": "unit",
    "datasets/saas/test_saas_tables.py": "unit",
    "docs": "e2e",
    "docs/test_architecture.py": "unit",
    "docs/test_features_page.py": "unit",
    "docs/test_grade_tables.py": "unit",
    "examples": "e2e",
    "export/test_csv_formulas.py": "unit",
    "export/test_exports_docs.py": "unit",
    "export/test_hash_formula.py": "unit",
    "export/test_plain_parts.py": "unit",
    "faults": "e2e",
    "faults/test_bookstore_mutants.py": NONE,
    "ingest": "unit",
    "load/test_load_numbers.py": "unit",
    "load/test_arrow_types_refused.py": "unit",
    "load/test_pipelines_docs.py": "unit",
    "quality": "unit",
    "quality/experiments": NONE,
    "quality/experiments/test_experiments_edges.py": "unit",
    "quality/experiments/test_experiments_published.py": "unit",
    "report": "unit",
    "report/test_report_browser.py": "e2e",
    "report/test_report_command.py": "e2e",
    "report/test_report_docs.py": "e2e",
    "report/test_report_figures.py::test_intervals_of_conversion_are_wilsons": "e2e",
    "run": "e2e",
    "run/test_estimate.py": "unit",
    "run/test_two_threads.py": NONE,
    "score/test_finding.py": "unit",
    "score/test_score_card.py": "unit",
    "server/dashboard": "e2e",
    "server/dashboard/test_dashboard_words.py": "unit",
    "server/http/test_http_project_rows.py": "unit",
    "server/http/test_http_server_rows.py": "unit",
    "server/http/test_http_server_rows.py::test_row_58_unless_the_proxy_is_named": NONE,
    "server/http/test_http_strict_json.py": "unit",
    "server/http/test_reports_arrive.py": "e2e",
    "server/jobs/test_jobs_http.py": "e2e",
    "server/jobs/test_jobs_real.py": "e2e",
    "server/store/test_jobs_state.py": "unit",
    "server/webhooks/test_http_webhook_rows.py": "unit",
    "spec": "unit",
    "spec/test_dotenv.py::test_tracked_by_git_is_a_warning_and_ignored_or_alike_named_files_are_not": NONE,
    "state/test_history.py": "unit",
    "state/test_history.py::test_a_killed_run_is_shown_as_killed": NONE,
    "synth/dirt": "unit",
    "synth/dirt/test_positions.py": NONE,
    "synth/dirt/test_dirt_rates.py": NONE,
    "synth/test_batches.py": "unit",
    "synth/test_cells.py": "unit",
    "synth/test_cells.py::test_the_key_of_a_column_is_the_same_in_another_process": NONE,
    "synth/test_columns.py": "unit",
    "synth/test_groups.py": "unit",
    "synth/test_timeline.py": "unit",
    "targets/test_builds_compared.py": "unit",
    "targets/test_every_type.py": "unit",
    "templates/test_bookstore_run.py": "e2e",
    "templates/test_retail_portions.py": "e2e",
    "templates/test_retail_run.py": "e2e",
    "templates/test_time_zone.py": "e2e",
    "transform/test_scrub.py": "unit",
    "transform/test_sql_reads.py": "unit",
    "transform/test_source_lines.py": "unit",
    "watch": "e2e",
}
"""By a folder, a file or a test below tests/; the longest that fits holds."""

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"}


def kind_of(test: str) -> str:
    """The kind of the test with this id, or of the file at this path; both begin at the folder tests/."""
    name = test.partition("[")[0]
    file = name.partition("::")[0]
    folders = file.split("/")
    places = [name, *("/".join(folders[:depth]) for depth in range(len(folders), 0, -1))]
    return next((KINDS[place] for place in places if place in KINDS), NONE)


HAVE_UNIT_TESTS = {place.partition("::")[0] for place, kind in KINDS.items() if kind == "unit"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m "unit and …"`, leave out files without unit tests: to import them takes each worker ten seconds."""
    selected = config.option.markexpr.split(" and ")
    if "unit" not in selected or "or" in config.option.markexpr.split() or collection_path.suffix != ".py":
        return None
    file = collection_path.relative_to(TESTS).as_posix()
    return None if kind_of(file) == "unit" or file in HAVE_UNIT_TESTS else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if kind := kind_of(item.nodeid.removeprefix("tests/")):
            item.add_marker(kind)


class Guard:
    """While a unit test runs, its fixtures included, refuses what starts a process or a server."""

    def __init__(self) -> None:
        self.on = False
        self.refused: list[str] = []
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and (event in STARTS or (event == "socket.bind" and isinstance(arguments[1], tuple))):
            self.refused.append(event)
            raise RuntimeError(f"{event}: a unit test starts no process and no server (tests/support/kinds.py)")


GUARD = Guard()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    GUARD.on, GUARD.refused = item.get_closest_marker("unit") is not None, []
    try:
        return (yield)
    finally:
        GUARD.on = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """A refusal that the program took for something else still fails the test."""
    yield
    assert GUARD.refused == []
