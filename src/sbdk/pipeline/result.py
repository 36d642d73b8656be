"""What a run answers: the object behind `sbdk dev --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sbdk.core.errors import SbdkError
from sbdk.core.events import DbtCounts, RunError, RunFinished, StageSummary, TableRows
from sbdk.core.redact import without_secrets

Status = Literal["success", "up_to_date", "failed"]


@dataclass
class StageResult:
    """One stage. `seconds` is wall time, `peak_mb` the largest resident memory of the process that did the work.

    `checks`: how many of the user's checks it ran; of the others the answers of the build before hold.
    """

    name: str
    status: Literal["success", "failed", "skipped"] = "skipped"
    seconds: float = 0.0
    rows: int | None = None
    peak_mb: float = 0.0
    checks: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As `dev --json` shows it; rows_per_second only where rows were counted."""
        shown: dict[str, Any] = {"name": self.name, "status": self.status, "seconds": round(self.seconds, 3)}
        if (rate := self.summary().rows_per_second) is not None:
            shown["rows_per_second"] = rate
        return {**shown, "peak_mb": round(self.peak_mb, 1)}

    def summary(self) -> StageSummary:
        return StageSummary(self.name, self.status, self.seconds, self.rows, self.peak_mb)


@dataclass
class RunResult:
    """How a run ended. `published` is None when it failed: then nothing was published."""

    run_id: str
    status: Status
    seconds: float = 0.0
    stages: list[StageResult] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    dbt: DbtCounts = field(default_factory=DbtCounts)
    validation: dict[str, Any] = field(default_factory=dict)
    published: str | None = None
    stale: list[str] = field(default_factory=list)
    error: SbdkError | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of the project's `.env`: values of those with a secret's name are masked in what is shown of the error."""

    def as_dict(self) -> dict[str, Any]:
        """The contract for programs."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "stages": [stage.as_dict() for stage in self.stages],
            "tables": self.tables,
            "dbt": asdict(self.dbt),
            "validation": self.validation,
            "published": self.published,
            "stale": self.stale,
            "error": without_secrets(self.error.as_dict(), self.variables) if self.error else None,
        }

    def finished(self, command: str = "", ended: Literal["refused", "interrupted"] | None = None) -> RunFinished:
        """The run's last event. `ended`: what happened to a run whose caller gets an exception, not this result."""
        return RunFinished(
            status=ended or self.status,
            command=command,
            seconds=self.seconds,
            error=RunError(**without_secrets(self.error.as_dict())) if self.error else None,
            published=self.published,
            stages=tuple(stage.summary() for stage in self.stages),
            tables=tuple(TableRows(table["name"], table["rows"]) for table in self.tables),
            dbt=self.dbt,
            stale=tuple(self.stale),
            validation=self.validation.get("overall", ""),
        )
