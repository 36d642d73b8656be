"""The paths of all files below `.sbdk`, defined nowhere else.

builds/RUN/manifest.json, published.json, FILE     the builds that are or were published
build/FILE, failed.json, workers.jsonl, dlt/, parts/   the build that a run works in
runs/RUN/dbt.log, failures/CHECK.jsonl             logs and failed rows of a run, for people
history.sqlite, lock, lock.json, rollback.json     the history of runs, the project lock, a pending rollback
start.lock, start.pid                              of the `sbdk start` that watches the project
target/, dbt/FILE, worker.log                      of dbt: its parse state, its working copy, the kept worker
server.sqlite, jobs/ID/log.txt, rebuild/           of the webhook server
alerts.json, tracking.json, stdout_positions.json, jit/, aside/, init.log
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = ".sbdk"
"""Its name in a project."""


@dataclass(frozen=True)
class StateDir:
    """The folder `root`, which need not exist. Nothing here touches the disk."""

    root: Path

    # ---- published builds

    @property
    def builds(self) -> Path:
        return self.root / "builds"

    def kept_build(self, run_id: str) -> Path:
        """The folder of one build; the caller has checked the run id."""
        return self.builds / run_id

    def manifest(self, run_id: str) -> Path:
        return self.kept_build(run_id) / "manifest.json"

    def publication(self, run_id: str) -> Path:
        """The note that the build was published."""
        return self.kept_build(run_id) / "published.json"

    @property
    def rollback_note(self) -> Path:
        return self.root / "rollback.json"

    # ---- the build that a run works in

    @property
    def build(self) -> Path:
        return self.root / "build"

    def build_file(self, name: str) -> Path:
        """The path of a build's file: constant, because dbt's parse state depends on it."""
        return self.build / name

    # ---- runs

    @property
    def history(self) -> Path:
        return self.root / "history.sqlite"

    def run(self, run_id: str) -> Path:
        """The folder of a run; created by the first writer."""
        return self.root / "runs" / run_id

    def failures(self, run_id: str) -> Path:
        """The rows that fail a run's checks and tests, one JSONL file each."""
        return self.run(run_id) / "failures"

    def dbt_log(self, run_id: str) -> Path:
        return self.run(run_id) / "dbt.log"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def watch_lock(self) -> Path:
        """Held by `sbdk start` as long as it watches."""
        return self.root / "start.lock"

    @property
    def watch_note(self) -> Path:
        return self.root / "start.pid"

    @property
    def lock_note(self) -> Path:
        return self.root / "lock.json"

    # ---- dbt

    @property
    def dbt_target(self) -> Path:
        """dbt's parse state between runs; also the results of a kept failed build."""
        return self.root / "target"

    @property
    def dbt_run_results(self) -> Path:
        return self.dbt_target / "run_results.json"

    @property
    def working_copies(self) -> Path:
        """The folder of the copy that `sbdk dbt` writes to."""
        return self.root / "dbt"

    @property
    def worker_log(self) -> Path:
        return self.root / "worker.log"

    # ---- the webhook server

    @property
    def server_database(self) -> Path:
        return self.root / "server.sqlite"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    def job(self, job_id: int) -> Path:
        return self.jobs / str(job_id)

    def job_log(self, job_id: int) -> Path:
        return self.job(job_id) / "log.txt"

    @property
    def rebuild(self) -> Path:
        return self.root / "rebuild"

    # ---- the rest

    @property
    def alerts(self) -> Path:
        return self.root / "alerts.json"

    @property
    def tracking(self) -> Path:
        return self.root / "tracking.json"

    @property
    def stdout_positions(self) -> Path:
        """Positions of `sbdk stream --to stdout`."""
        return self.root / "stdout_positions.json"

    @property
    def compiled(self) -> Path:
        """Numba's machine code."""
        return self.root / "jit"

    @property
    def aside(self) -> Path:
        """Files that were in the way, moved instead of deleted."""
        return self.root / "aside"

    @property
    def init_log(self) -> Path:
        return self.root / "init.log"
