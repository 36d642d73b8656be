"""The result of a run: the object behind `sbdk dev --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from sbdk.core.errors import SbdkError
from sbdk.core.events import DbtCounts, RunError, RunFinished, StageSummary, TableRows
from sbdk.core.redact import without_secrets
from sbdk.state.record_parts import ContractOutcome, TableCount, Validation

Status = Literal["success", "up_to_date", "failed"]


@dataclass(frozen=True)
class StageResult:
    """One stage. `seconds` is wall time, `peak_mb` the largest resident memory of the process that did the work.

    `checks`: how many of the user's checks it ran; the others keep their results of the build before.
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


@dataclass(frozen=True)
class BuildSummary:
    """The build in a result: the published one, or that of a failed run as far as it came; None: not known yet."""

    tables: tuple[TableCount, ...] | None = None
    dbt: DbtCounts | None = None
    validation: Validation | None = None
    contracts: Mapping[str, ContractOutcome] | None = None
    stale: tuple[str, ...] | None = None
    published: str | None = None

    def updated(self, other: BuildSummary) -> BuildSummary:
        """This summary, updated with the values of `other` that are not None."""
        values = {each.name: getattr(other, each.name) for each in fields(other)}
        return replace(self, **{name: value for name, value in values.items() if value is not None})


@dataclass(frozen=True)
class RunResult:
    """How a run ended. One that carries an error has failed, and then nothing was published.

    Raises ValueError for an error beside another status.
    """

    run_id: str
    status: Status
    seconds: float = 0.0
    stages: tuple[StageResult, ...] = ()
    summary: BuildSummary = BuildSummary()
    error: SbdkError | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of the project's `.env`: values of those with a secret's name are masked in the error as it is shown."""

    def __post_init__(self) -> None:
        if self.error is not None and self.status != "failed":
            raise ValueError(f"a run with the status {self.status} cannot have the error {self.error}")

    @property
    def tables(self) -> tuple[TableCount, ...]:
        return self.summary.tables or ()

    @property
    def dbt(self) -> DbtCounts:
        return self.summary.dbt or DbtCounts()

    @property
    def validation(self) -> Validation | None:
        return self.summary.validation

    @property
    def stale(self) -> tuple[str, ...]:
        return self.summary.stale or ()

    @property
    def published(self) -> str | None:
        """The published file; None when the run failed."""
        return self.summary.published

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON, a stable format for programs."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "stages": [stage.as_dict() for stage in self.stages],
            "tables": [asdict(table) for table in self.tables],
            "dbt": asdict(self.dbt),
            "validation": self.validation.as_dict() if self.validation else {},
            "published": self.published,
            "stale": list(self.stale),
            **self._contracts(),
            "error": self._shown_error(),
        }

    def _contracts(self) -> dict[str, Any]:
        """By table what its contract made of the rows; nothing in a project without contracts."""
        outcomes = self.summary.contracts
        return {"contracts": {table: asdict(each) for table, each in outcomes.items()}} if outcomes else {}

    def finished(self, command: str = "", ended: Literal["refused", "interrupted"] | None = None) -> RunFinished:
        """The run's last event. `ended`: the status of a run whose caller gets an exception, not this result."""
        error = self._shown_error()
        return RunFinished(
            status=ended or self.status,
            command=command,
            seconds=self.seconds,
            error=RunError(**error) if error else None,
            published=self.published,
            stages=tuple(stage.summary() for stage in self.stages),
            tables=tuple(TableRows(table.name, table.rows) for table in self.tables),
            dbt=self.dbt,
            stale=self.stale,
            validation=self.validation.overall if self.validation else "",
        )

    def _shown_error(self) -> dict[str, Any] | None:
        """The error without secrets."""
        return without_secrets(self.error.as_dict(), self.variables) if self.error else None
