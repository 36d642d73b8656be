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
from sbdk.targets.registry import open_target

if TYPE_CHECKING:
    from sbdk.targets.base import Build
    from sbdk.transform import Worker


class WorkerPool(Protocol):
    """Where a run gets its worker, and what becomes of it afterwards."""

    def hire(self, project: ProjectSpec, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        """A worker for this run, at once: it may still be importing dbt. `log` is where a new one writes."""

    def release(self, worker: Worker, build: Build | None) -> None:
        """The run needs the worker no longer. Called again, it does nothing."""


class OneShotPool:
    """A new process for each run, ended with it."""

    def hire(self, project: ProjectSpec, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        return start_worker(project, log, interval)

    def release(self, worker: Worker, build: Build | None) -> None:
        worker.close()


def start_worker(project: ProjectSpec, log: Path, interval: Interval | None) -> Worker:
    """Start the process that imports dbt and parses the project while rows are made and loaded."""
    from sbdk.transform.python import choose_python
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


def variables(project: ProjectSpec, interval: Interval | None) -> dict[str, Any]:
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


MOST_MB = 1_500  # resident; a worker of a few hundred models has 300 to 500


class ReusedPool:
    """At most one worker, kept as long as a new one would be no different. Implements `Workers`."""

    def __init__(self, emit: Emit = silent) -> None:
        self._emit = emit
        self._worker: Worker | None = None
        self._key: Any = None
        self._parsed: Digests | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return self._worker.process.pid if self._worker else None

    def prepare(self, project: ProjectSpec) -> None:
        """Have a worker ready for the next run; nothing is waited for."""
        if self._unfit(project):
            self._start(project, project_inputs(project).dbt)

    def hire(self, project: ProjectSpec, plan: Plan, log: Path, interval: Interval | None) -> Worker:
        """The worker that is there, told to parse again what changed since; a new one when it is not fit any more."""
        if self._unfit(project):
            return self._start(project, plan.inputs.dbt)
        assert self._worker is not None
        if plan.inputs.dbt != self._parsed:
            self._worker.outdated = True
            self._parsed = plan.inputs.dbt
        return self._worker

    def release(self, worker: Worker, build: Build | None) -> None:
        """Keep it, unless it was left in the middle of something or has grown too large."""
        if worker is not self._worker:
            worker.close()
        elif worker.busy or worker.process.poll() is not None:
            self.close()
        elif (size := resident_mb(worker.process.pid)) > MOST_MB:
            self._emit(Noted("transform", f"the dbt worker has grown to {size:,.0f} MB: starting a new one"))
            self.close()
        elif build is not None:
            build.dismiss(worker.process.pid)

    def close(self) -> None:
        """End it."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _unfit(self, project: ProjectSpec) -> bool:
        worker = self._worker
        return worker is None or worker.busy or worker.process.poll() is not None or self._key != key_of(project)

    def _start(self, project: ProjectSpec, parsed: Digests | None) -> Worker:
        """`parsed`: digests of before it starts, for it may well read what comes after them, but nothing older."""
        self.close()
        log = StateDir(project.state).worker_log
        log.unlink(missing_ok=True)
        self._key, self._parsed = key_of(project), parsed
        self._worker = start_worker(project, log, None)
        return self._worker


def key_of(project: ProjectSpec) -> Any:
    """All that a worker cannot change once it runs: interpreter, what is installed, environment, profiles, paths.

    The dbt folder itself, too: it is the worker's current folder, and one that is made again is another.
    """
    from sbdk.transform.python import choose_python

    python = choose_python(project.root).path
    profiles = [path.read_bytes() for path in (project.profiles / "profiles.yml",) if path.is_file()]
    paths = (
        str(project.dbt),
        str(project.profiles),
        str(StateDir(project.state).build_file(project.published.name)),
        project.config.target,
    )
    folder = project.dbt.stat().st_ino if project.dbt.is_dir() else None
    told = (environment_of(project), profiles, project.config.performance)
    return (str(python), _installed(python), *told, paths, folder)


def _installed(python: Path) -> list[str]:
    """Names and versions of the distributions beside that interpreter."""
    prefix = Path(sys.prefix) if str(python) == sys.executable else python.parent.parent
    return sorted(path.name for path in prefix.glob("lib/python3*/site-packages/*.dist-info"))
