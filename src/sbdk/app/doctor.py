"""`sbdk doctor`: diagnoses a project: present and coming problems, and what to do about them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext

Level = Literal["ok", "warning", "error"]
MIN_FREE_MB = 500


@dataclass(frozen=True)
class Diagnosis:
    level: Level
    subject: str
    text: str


@dataclass
class HealthReport:
    """All findings; healthy as long as none is an error."""

    findings: list[Diagnosis] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        return all(diagnosis.level != "error" for diagnosis in self.findings)

    def add(self, level: Level, subject: str, text: str) -> None:
        self.findings.append(Diagnosis(level, subject, text))

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(diagnosis) for diagnosis in self.findings]


def diagnose_project(project: ProjectContext) -> HealthReport:
    """Check configuration, published file, kept builds, lock, disk and engines. Writes nothing."""
    report = HealthReport()
    for warning in project.warnings:
        report.add("warning", "configuration", warning)
    if not project.warnings:
        report.add("ok", "configuration", f"{project.loaded.file.name} is valid")
    _published(project, report)
    _lock(project, report)
    _disk(project, report)
    _engines(project, report)
    return report


def _published(project: ProjectContext, report: HealthReport) -> None:
    warehouse = project.warehouse()
    if not warehouse.exists():
        report.add("warning", "published file", "nothing was published yet; run `sbdk dev`")
        return
    problems = warehouse.diagnose()
    for problem in problems:
        report.add("error" if problem.severity == "error" else "warning", "published file", problem.message)
    if all(problem.severity != "error" for problem in problems):
        current = warehouse.current()
        assert current is not None
        report.add(
            "ok", "published file", f"run {current.run_id}, {current.size / 1e6:.1f} MB, is what its manifest says"
        )


def _lock(project: ProjectContext, report: HealthReport) -> None:
    from sbdk.state.lock import ProjectLock

    holder = ProjectLock(project.loaded.state, "sbdk doctor").holder()
    if holder:
        report.add("warning", "lock", f"held by PID {holder['pid']} ({holder['command']}) since {holder['since']}")
    else:
        report.add("ok", "lock", "free")


def _disk(project: ProjectContext, report: HealthReport) -> None:
    free = shutil.disk_usage(project.root).free // 2**20
    report.add("ok" if free > MIN_FREE_MB else "warning", "disk", f"{free:,} MB free")


def _engines(project: ProjectContext, report: HealthReport) -> None:
    from sbdk.transform.process import choose_python

    chosen = choose_python(project.root)
    report.add("ok", "python", f"{sys.version.split()[0]} at {sys.executable}")
    report.add("ok", "dbt", f"run by {chosen.path}: {chosen.reason}")
