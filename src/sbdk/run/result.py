"""What a run answers: the object behind `sbdk dev --json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sbdk.core.errors import SbdkError
from sbdk.pipeline.redacting import without_secrets

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
        if self.rows is not None and self.seconds > 0:
            shown["rows_per_second"] = round(self.rows / self.seconds)
        return {**shown, "peak_mb": round(self.peak_mb, 1)}


@dataclass
class DbtCounts:
    """Of what is published: `models` alone, data and unit tests in `tests_…`. The last two: what this run did."""

    models: int = 0
    tests_passed: int = 0
    tests_failed: int = 0
    tests_warned: int = 0
    models_built: int = 0
    tests_run: int = 0


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
            "error": without_secrets(self.error.as_dict()) if self.error else None,
        }
