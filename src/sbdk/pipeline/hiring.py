"""Who runs dbt for a run: a worker of the run's own, or one that is kept from run to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sbdk.pipeline.options import Interval
from sbdk.pipeline.plan import Plan
from sbdk.spec.project import LoadedProject

if TYPE_CHECKING:
    from sbdk.targets.base import Build
    from sbdk.transform import Worker


class Workers(Protocol):
    """Where a run gets its worker, and what becomes of it afterwards."""

    def hire(self, project: LoadedProject, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        """A worker for this run, at once: it may still be importing dbt. `log` is where a new one writes."""

    def release(self, worker: Worker, build: Build | None) -> None:
        """The run needs the worker no longer. Called again, it does nothing."""


class OwnWorker:
    """A new process for each run, ended with it."""

    def hire(self, project: LoadedProject, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        from sbdk.pipeline.transforming import start_worker

        return start_worker(project, log, interval)

    def release(self, worker: Worker, build: Build | None) -> None:
        worker.close()
