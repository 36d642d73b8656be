"""Pools of dbt workers: one process per run, or one that is kept between runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sbdk.core.errors import TransformError
from sbdk.core.events import Emit, Noted, silent
from sbdk.core.process import resident_mb
from sbdk.run.environment import environment_of
from sbdk.run.fingerprints import project_inputs
from sbdk.run.options import Interval
from sbdk.run.plan import Plan
from sbdk.spec.project import ProjectSpec
from sbdk.state.layout import StateDir
from sbdk.state.record_parts import Digests
from sbdk.targets.sessions import open_target

if TYPE_CHECKING:
    from sbdk.targets.base import Build
    from sbdk.transform import Worker


class WorkerPool(Protocol):
    """Provides a run with its dbt worker and takes it back."""

    def acquire(self, project: ProjectSpec, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        """A worker for this run, without waiting: it may still be importing dbt. `log`: of a new worker."""

    def release(self, worker: Worker, build: Build | None) -> None:
        """Take the worker back. A second call does nothing."""


class OneShotPool:
    """Starts a process for each run and ends it with the run."""

    def acquire(self, project: ProjectSpec, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        return start_worker(project, log, interval)

    def release(self, worker: Worker, build: Build | None) -> None:
        worker.close()


def start_worker(project: ProjectSpec, log: Path, interval: Interval | None) -> Worker:
    """Start the process that imports dbt and parses the project while rows are generated and loaded."""
    from sbdk.transform.process import choose_python
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
    """The database file of a dbt profile, for SBDK_DATABASE in profiles.yml. TransformError if it has none."""
    if profile["type"] != "duckdb":
        raise TransformError(f"dbt is run on DuckDB files only, not on {profile['type']}")
    return Path(profile["path"])


def variables(project: ProjectSpec, interval: Interval | None) -> dict[str, Any]:
    """dbt's vars: those of sbdk, replaced by those of the project. The clock is not among them, since dbt parses again
    for other vars; models read `_sbdk.clock`."""
    settings = project.config.world_settings()
    values = {"start_date": settings.start.date().isoformat(), "end_date": settings.anchor.date().isoformat()}
    if interval is not None:
        values |= {"interval_from": interval.start.isoformat(sep=" "), "interval_to": interval.stop.isoformat(sep=" ")}
    return {**values, **project.vars}


MAX_MB = 1_500  # resident; a worker of a few hundred models has 300 to 500


class ReusedPool:
    """Keeps one worker between runs, until a new one would differ from it."""

    def __init__(self, emit: Emit = silent) -> None:
        self._emit = emit
        self._worker: Worker | None = None
        self._key: Any = None
        self._parsed: Digests | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None when there is none."""
        return self._worker.process.pid if self._worker else None

    def prepare(self, project: ProjectSpec) -> None:
        """Start a worker for the next run, if none can be reused; does not wait for it."""
        if self._needs_new(project):
            self._start(project, project_inputs(project).dbt)

    def acquire(self, project: ProjectSpec, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        """The kept worker, marked as outdated if files of dbt changed; a new one when it cannot be reused."""
        if self._needs_new(project):
            return self._start(project, plan.inputs.dbt)
        assert self._worker is not None
        if plan.inputs.dbt != self._parsed:
            self._worker.outdated = True
            self._parsed = plan.inputs.dbt
        return self._worker

    def release(self, worker: Worker, build: Build | None) -> None:
        """Keep the worker, unless it is busy, has ended or has grown too large."""
        if worker is not self._worker:
            worker.close()
        elif worker.busy or worker.process.poll() is not None:
            self.close()
        elif (size := resident_mb(worker.process.pid)) > MAX_MB:
            self._emit(Noted("transform", f"the dbt worker has grown to {size:,.0f} MB: starting a new one"))
            self.close()
        elif build is not None:
            build.dismiss(worker.process.pid)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _needs_new(self, project: ProjectSpec) -> bool:
        worker = self._worker
        return worker is None or worker.busy or worker.process.poll() is not None or self._key != worker_key(project)

    def _start(self, project: ProjectSpec, parsed: Digests | None) -> Worker:
        """`parsed`: digests of the dbt files before the start: the worker reads these files or newer ones."""
        self.close()
        log = StateDir(project.state).worker_log
        log.unlink(missing_ok=True)
        self._key, self._parsed = worker_key(project), parsed
        self._worker = start_worker(project, log, None)
        return self._worker


def worker_key(project: ProjectSpec) -> Any:
    """All that is fixed once a worker runs: interpreter, installed packages, environment, profiles, paths.

    Also the inode of the dbt folder: it is the worker's working directory, and a folder created again has another.
    """
    from sbdk.transform.process import choose_python

    python = choose_python(project.root).path
    profiles = [path.read_bytes() for path in (project.profiles / "profiles.yml",) if path.is_file()]
    paths = (
        str(project.dbt),
        str(project.profiles),
        str(StateDir(project.state).build_file(project.published.name)),
        project.config.target,
    )
    folder = project.dbt.stat().st_ino if project.dbt.is_dir() else None
    settings = (environment_of(project), profiles, project.config.performance)
    return (str(python), _installed(python), *settings, paths, folder)


def _installed(python: Path) -> list[str]:
    """Names and versions of the distributions beside that interpreter."""
    prefix = Path(sys.prefix) if str(python) == sys.executable else python.parent.parent
    return sorted(path.name for path in prefix.glob("lib/python3*/site-packages/*.dist-info"))
