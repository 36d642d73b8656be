"""The stages of a run in order. Each takes the shared `Work`, and raises an SbdkError when it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from sbdk.core.events import Emit, Event
from sbdk.pipeline.measure import peak_mb, reset_peak
from sbdk.pipeline.options import RunOptions
from sbdk.pipeline.plan import Plan
from sbdk.pipeline.result import RunResult, StageResult

if TYPE_CHECKING:
    from sbdk.load import Loader
    from sbdk.pipeline.project import Project
    from sbdk.targets.base import Build, Target
    from sbdk.transform import Worker

STAGES = ("generate", "load", "transform", "check", "publish")


@dataclass
class Work:
    """What the stages of one run share. `facts` is what will be stored with the build.

    `changed_tables`: raw tables that this run loaded, or may have emptied.
    """

    project: Project
    options: RunOptions
    plan: Plan
    emit: Emit
    result: RunResult
    warehouse: Target
    build: Build
    facts: dict[str, Any]
    worker: Worker | None = None
    loader: Loader | None = None
    resumed: bool = False
    changed_tables: set[str] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        """Where the rows that failed and the logs of this run are kept."""
        return self.project.loaded.state / "runs" / self.result.run_id

    @property
    def dataset(self) -> str:
        """The schema of the raw tables."""
        return self.project.loaded.config.dlt.dataset_name

    @property
    def threads(self) -> int:
        return self.project.loaded.config.performance.threads or os.cpu_count() or 1


@contextmanager
def stage(work: Work, name: str) -> Iterator[StageResult]:
    """Measure and announce one stage; its record is in the result whatever happens."""
    record = StageResult(name, "failed")
    work.result.stages.append(record)
    work.emit(Event("stage_started", name))
    reset_peak()
    began = monotonic()
    try:
        yield record
        record.status = "success"
    finally:
        record.seconds = monotonic() - began
        record.peak_mb = max(record.peak_mb, peak_mb())
        work.emit(finished(record))


def skip(work: Work, name: str, why: str) -> None:
    record = StageResult(name)
    work.result.stages.append(record)
    work.emit(finished(record, why))


def finished(record: StageResult, text: str = "") -> Event:
    data = {"status": record.status, "seconds": record.seconds, "rows": record.rows, "checks": record.checks}
    return Event("stage_finished", record.name, text, data)
