"""Who runs dbt for a run: a worker of the run's own, or one that is kept from run to run; and how one is started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sbdk.core.errors import TransformError
from sbdk.run.environment import environment_of
from sbdk.run.options import Interval
from sbdk.run.plan import Plan
from sbdk.spec.project import LoadedProject
from sbdk.state.layout import StateDir
from sbdk.targets.registry import open_target

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
        return start_worker(project, log, interval)

    def release(self, worker: Worker, build: Build | None) -> None:
        worker.close()


def start_worker(project: LoadedProject, log: Path, interval: Interval | None) -> Worker:
    """Start the process that imports dbt and parses the project while rows are made and loaded."""
    from sbdk.transform.interpreter import choose_python
    from sbdk.transform.worker import THREADS, Worker

    state = StateDir(project.state)
    return Worker.start(
        choose_python(project.root).path,
        project.dbt,
        project.profiles,
        state.dbt_target,
        log,
        project.config.target,
        environment_of(project),
        database=database_of(open_target(project.published, project.state).dbt_profile()),
        variables=variables(project, interval),
        threads=min(project.config.performance.threads or THREADS, THREADS),
    )


def database_of(profile: dict[str, str]) -> Path:
    """The file that a dbt profile leads to: what profiles.yml reads from SBDK_DATABASE."""
    if profile["type"] != "duckdb":
        raise TransformError(f"dbt is run on DuckDB files only, not on {profile['type']}")
    return Path(profile["path"])


def variables(project: LoadedProject, interval: Interval | None) -> dict[str, Any]:
    """dbt's vars. The clock is none of them: it would make every parse a new one; models read `_sbdk.clock`."""
    settings = project.config.world_settings()
    fixed = {"start_date": settings.start.date().isoformat(), "end_date": settings.anchor.date().isoformat()}
    if interval is None:
        return fixed
    return {
        **fixed,
        "interval_from": interval.start.isoformat(sep=" "),
        "interval_to": interval.stop.isoformat(sep=" "),
    }
