"""`sbdk check`: validation, the user's checks and freshness of what is published. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sbdk.pipeline.project import Project
    from sbdk.quality import CheckResult, Freshness


@dataclass
class Verdict:
    """What `sbdk check` found."""

    validation: dict[str, Any]
    checks: list[CheckResult] = field(default_factory=list)
    freshness: list[Freshness] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True unless validation or an error-level check failed; freshness is reported, and fails at error level."""
        bad = any(check.status in {"fail", "error"} for check in self.checks)
        return (
            self.validation["overall"] == "PASS"
            and not bad
            and not any(each.status == "error" for each in self.freshness)
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "validation": self.validation,
            "checks": [check.as_dict() for check in self.checks],
            "freshness": [each.as_dict() for each in self.freshness],
        }

    def validation_rows(self) -> Iterable[tuple[Any, ...]]:
        for name, table in self.validation.items():
            if name != "overall":
                yield (
                    name,
                    table["total_records"],
                    table["null_ids"],
                    table["orphaned_records"],
                    table["data_quality"],
                )

    def check_rows(self) -> Iterable[tuple[Any, ...]]:
        for check in self.checks:
            yield (check.name, check.severity, check.status, check.failures, check.kept or "")

    def freshness_rows(self) -> Iterable[tuple[Any, ...]]:
        for each in self.freshness:
            yield (each.table, each.loaded_at, f"{each.hours:.1f}" if each.hours is not None else None, each.status)


def judge(project: Project, *, freshness: bool = False) -> Verdict:
    """Judge the published build. UsageError when nothing was published yet."""
    from sbdk.pipeline.checking import validation
    from sbdk.quality import freshness as how_fresh
    from sbdk.quality import run_checks
    from sbdk.spec.checks import read_checks

    warehouse = project.warehouse()
    current = project.published()
    checks = read_checks(project.loaded.checks)
    dataset, quality = project.loaded.config.dlt.dataset_name, project.loaded.config.quality
    keep = project.loaded.state / "runs" / current.run_id / "failures"
    with warehouse.reader() as connection:
        verdict = Verdict(validation(current.facts.get("keys", {}), connection, dataset))
        verdict.checks = run_checks(connection, checks, keep=keep, cap=quality.keep_rows)
        if freshness:
            verdict.freshness = how_fresh(connection, dataset, quality.freshness)
    return verdict
