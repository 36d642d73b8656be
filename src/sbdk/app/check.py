"""`sbdk check`: validation, the user's checks and freshness of the published build. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sbdk.core.events import Emit
    from sbdk.quality import CheckResult, Freshness, Validation
    from sbdk.run.project_context import ProjectContext


@dataclass
class CheckReport:
    """The result of `sbdk check`."""

    validation: Validation
    checks: list[CheckResult] = field(default_factory=list)
    freshness: list[Freshness] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True unless validation or an error-level check failed; freshness is reported, and fails at error level."""
        failed = any(check.status in {"fail", "error"} for check in self.checks)
        return (
            self.validation.overall == "PASS"
            and not failed
            and not any(each.status == "error" for each in self.freshness)
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "validation": self.validation.as_dict(),
            "checks": [check.as_dict() for check in self.checks],
            "freshness": [each.as_dict() for each in self.freshness],
        }

    def validation_rows(self) -> Iterable[tuple[Any, ...]]:
        for name, table in self.validation.tables.items():
            yield (name, table.total_records, table.null_ids, table.orphaned_records, table.data_quality)

    def check_rows(self) -> Iterable[tuple[Any, ...]]:
        for check in self.checks:
            yield (check.name, check.severity, check.status, check.failures, check.kept or "")

    def freshness_rows(self) -> Iterable[tuple[Any, ...]]:
        for each in self.freshness:
            yield (each.table, each.loaded_at, f"{each.hours:.1f}" if each.hours is not None else None, each.status)


def check_published(project: ProjectContext, *, freshness: bool = False) -> CheckReport:
    """Validate the published build and run its checks. UsageError when nothing was published yet."""
    from sbdk.quality import freshness as table_freshness
    from sbdk.quality import run_checks
    from sbdk.run.stages.check import validate_tables
    from sbdk.spec.checks import read_checks

    warehouse = project.warehouse()
    current = project.published()
    checks = read_checks(project.loaded.checks)
    dataset, quality = project.loaded.config.dlt.dataset_name, project.loaded.config.quality
    keep = project.state.failures(current.run_id)
    with warehouse.reader() as connection:
        report = CheckReport(validate_tables(current.record.keys, connection, dataset))
        report.checks = run_checks(connection, checks, keep=keep, cap=quality.keep_rows)
        if freshness:
            report.freshness = table_freshness(connection, dataset, quality.freshness)
    return report


def alert_freshness(project: ProjectContext, report: CheckReport, emit: Emit) -> None:
    """Send an alert, if a webhook is set, about tables older than their limits, or that all are fresh again."""
    from sbdk.run.sinks import alert_sink

    if sink := alert_sink(project.loaded, emit):
        late = [each for each in report.freshness if each.status != "pass"]
        critical = any(each.status == "error" for each in late)
        sink.report_freshness({each.table: each.hours for each in late}, critical=critical)
