"""Stage check: validation of the raw tables and the user's own checks. What fails at error level stops the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import CheckFailed
from sbdk.core.events import Event
from sbdk.pipeline.stages import Work, skip, stage

if TYPE_CHECKING:
    import duckdb

    from sbdk.quality import CheckResult


def check(work: Work) -> None:
    """Judge the build; CheckFailed names the first check that found rows, and where those are kept.

    When nothing but checks changed, those alone run: about the rest the published build has the answers.
    """
    with stage(work, "check") as record, work.build.connect() as connection:
        if work.plan.checks is None:
            work.facts["validation"] = validation(work.facts.get("keys", {}), connection, work.dataset)
        work.result.validation = work.facts["validation"]
        work.facts["checks"] = []
        results = [] if work.options.pipelines_only else _user_checks(work, connection)
        record.checks = len(results)
        _judge(work, results)


def skip_check(work: Work) -> None:
    skip(work, "check", work.plan.check.reason)


def validation(keys: dict[str, Any], connection: duckdb.DuckDBPyConnection, dataset: str) -> dict[str, Any]:
    """Per raw table: records, null keys, orphans and a verdict; and one verdict over all."""
    from sbdk.quality import TableRule, validate

    there = {
        row[0]
        for row in connection.execute(
            "select table_name from duckdb_tables() where schema_name = ?", [dataset]
        ).fetchall()
    }
    rules = [
        TableRule(table=f"{dataset}.{name}", key=tuple(known["key"]), foreign_keys=_foreign_keys(known, dataset))
        for name, known in keys.items()
        if name in there
    ]
    return validate(connection, rules).as_dict()


def _foreign_keys(known: dict[str, Any], dataset: str) -> tuple[Any, ...]:
    from sbdk.quality import ForeignKey

    return tuple(ForeignKey(column, f"{dataset}.{parent}", target) for column, parent, target in known["foreign_keys"])


def _user_checks(work: Work, connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Run those whose turn it is; the facts get their answers, and for the others those of before."""
    from sbdk.quality import run_checks
    from sbdk.spec.checks import read_checks

    checks = read_checks(work.project.loaded.checks)
    known = {answer["name"]: answer for answer in _answers_that_hold(work)}
    wanted = [check for check in checks if check.name not in known]
    cap = work.project.loaded.config.quality.keep_rows
    results = run_checks(connection, wanted, keep=work.folder / "failures", cap=cap)
    fresh = {each.name: {"name": each.name, "status": each.status, "failures": each.failures} for each in results}
    work.facts["checks"] = [{**known, **fresh}[check.name] for check in checks]
    return results


def _answers_that_hold(work: Work) -> list[dict[str, Any]]:
    """Of the published build: those of checks whose files are the same, when no table changes."""
    changed = work.plan.checks
    if changed is None or any(not name.endswith(".sql") for name in changed):
        return []
    names = {Path(name).stem for name in changed}
    return [answer for answer in work.plan.before.get("checks", []) if answer["name"] not in names]


def _judge(work: Work, results: list[CheckResult]) -> None:
    for result in results:
        if result.status == "warn":
            work.emit(Event("warning", "check", f"check {result.name}: {result.failures} rows"))
    if work.result.validation["overall"] == "FAIL":
        bad = [
            name
            for name, table in work.result.validation.items()
            if name != "overall" and table["data_quality"] == "FAIL"
        ]
        raise CheckFailed(f"validation failed: {', '.join(bad)}", hint=_where(work.result.validation, bad))
    failed = [result for result in results if result.status in {"fail", "error"}]
    if failed:
        raise CheckFailed(_sentence(failed), file=failed[0].file, hint=_hint(failed, work))


def _where(tables: dict[str, Any], bad: list[str]) -> str:
    counts = (
        f"{name}: {tables[name]['null_ids']} null keys, {tables[name]['orphaned_records']} orphans" for name in bad
    )
    return "; ".join(counts) + "; nothing was published"


def _hint(failed: list[CheckResult], work: Work) -> str:
    if any(result.kept for result in failed):
        return f"the rows are in {work.folder / 'failures'}; nothing was published"
    return "mend the check; nothing was published"


def _sentence(failed: list[CheckResult]) -> str:
    first = failed[0]
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    rows = "1 row" if first.failures == 1 else f"{first.failures:,} rows"
    what = f"found {rows}" if first.status == "fail" else f"cannot run: {first.message}"
    return f"check {first.name} {what}{more}"
