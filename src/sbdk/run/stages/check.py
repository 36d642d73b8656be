"""Stage check: validation of the raw tables and the user's own checks. A failure at error level stops the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import CheckFailed
from sbdk.core.events import Warned
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.fingerprints import differing
from sbdk.run.plan import Decision, PlanInputs
from sbdk.run.result import BuildSummary
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import CheckOutcome, TableKeys, Validation

if TYPE_CHECKING:
    from sbdk.quality import CheckResult, TableRule
    from sbdk.targets.base import Connection


@dataclass(frozen=True)
class CheckStage:
    name: str = "check"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Runs when tables or checks change."""
        if inputs.loads or inputs.runs("transform") or inputs.loses_models:
            return Decision(True, "tables change")
        if inputs.known.inputs.checks != inputs.inputs.checks:
            return Decision(True, "checks changed")
        return Decision(False, "up to date")

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """CheckFailed names the first check that found rows, and the folder with these rows.

        When nothing but checks changed, only those run: the results of the others are in the published build.
        """
        changed = _changed_checks(context)
        with context.build.connect() as connection:
            connection.search_all()
            known = so_far.validation if changed is not None else None
            validation = known or validate_tables(so_far.keys, connection, context.raw_schema)
            results, outcomes = _user_checks(context, connection, changed)
        for result in results:
            if result.status == "warn":
                context.emit(Warned("check", f"check {result.name}: {result.failures} rows"))
        draft = replace(so_far, validation=validation, checks=outcomes)
        error = _failure(context, validation, results)
        return StageOutcome(draft, checks=len(results), summary=BuildSummary(validation=validation), error=error)


def validate_tables(keys: Mapping[str, TableKeys], connection: Connection, raw_schema: str) -> Validation:
    """For each raw table: records, null keys, orphans and whether it passes; and whether all pass."""
    from sbdk.quality import validate

    existing = {table.name for table in connection.tables(raw_schema) if table.kind == "table"}
    return validate(connection, [_rule(name, known, raw_schema) for name, known in keys.items() if name in existing])


def _rule(name: str, known: TableKeys, raw_schema: str) -> TableRule:
    from sbdk.quality import TableRule

    foreign = tuple(replace(key, parent=f"{raw_schema}.{key.parent}") for key in known.foreign)
    return TableRule(f"{raw_schema}.{name}", known.key, foreign)


def _changed_checks(context: RunContext) -> frozenset[str] | None:
    """The files of the checks that have to run; None: all."""
    plan, known = context.plan, context.known.inputs.checks
    if context.resumed or plan.loads or plan.runs("transform") or plan.loses_models or known is None:
        return None
    return frozenset(differing(known, plan.inputs.checks or {}))


def _user_checks(
    context: RunContext, connection: Connection, changed: frozenset[str] | None
) -> tuple[list[CheckResult], tuple[CheckOutcome, ...]]:
    """Run the checks that have to run: their results, and the outcomes of all checks."""
    from sbdk.quality import run_checks
    from sbdk.spec.checks import read_checks

    if context.options.pipelines_only:
        return [], ()
    checks = read_checks(context.loaded.checks)
    known = {outcome.name: outcome for outcome in _reusable_outcomes(context, changed)}
    wanted = [check for check in checks if check.name not in known]
    cap = context.loaded.config.quality.keep_rows
    results = run_checks(connection, wanted, keep=context.failures, cap=cap)
    outcomes = {**known, **{each.name: CheckOutcome(each.name, each.status, each.failures) for each in results}}
    return results, tuple(outcomes[check.name] for check in checks)


def _reusable_outcomes(context: RunContext, changed: frozenset[str] | None) -> list[CheckOutcome]:
    """Outcomes in the published build of checks whose files are the same, when no table changes."""
    if changed is None or any(not name.endswith(".sql") for name in changed):
        return []
    names = {Path(name).stem for name in changed}
    return [outcome for outcome in context.known.checks if outcome.name not in names]


def _failure(context: RunContext, validation: Validation, results: list[CheckResult]) -> CheckFailed | None:
    if bad := validation.failed:
        return CheckFailed(f"validation failed: {', '.join(bad)}", hint=_counts(validation, bad))
    failed = [result for result in results if result.status in {"fail", "error"}]
    if not failed:
        return None
    return CheckFailed(_message(failed), file=failed[0].file, hint=_hint(failed, context.failures))


def _counts(validation: Validation, bad: list[str]) -> str:
    tables = ((name, validation.tables[name]) for name in bad)
    counts = (f"{name}: {table.null_ids} null keys, {table.orphaned_records} orphans" for name, table in tables)
    return "; ".join(counts) + "; nothing was published"


def _hint(failed: list[CheckResult], failures: Path) -> str:
    if any(result.kept for result in failed):
        return f"the rows are in {failures}; nothing was published"
    return "fix the check; nothing was published"


def _message(failed: list[CheckResult]) -> str:
    first = failed[0]
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    rows = "1 row" if first.failures == 1 else f"{first.failures:,} rows"
    what = f"found {rows}" if first.status == "fail" else f"cannot run: {first.message}"
    return f"check {first.name} {what}{more}"
