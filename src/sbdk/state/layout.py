"""Where everything lies below `.sbdk`: the one place that spells those paths.

builds/RUN/manifest.json, published.json, FILE     the builds that are or were published
build/FILE, failed.json, workers.jsonl, dlt/, parts/   the build that a run works in
runs/RUN/dbt.log, failures/CHECK.jsonl             what a run leaves behind for people
history.sqlite, lock, lock.json, rollback.json     the record of runs, and who works on the project
target/, dbt/FILE, worker.log                      of dbt: its parse, a copy to work on, the kept worker
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
        """The folder of one build; the caller vouches for the run id."""
        return self.builds / run_id

    def manifest(self, run_id: str) -> Path:
        return self.kept_build(run_id) / "manifest.json"

    def publication(self, run_id: str) -> Path:
        """The note that the build went live."""
        return self.kept_build(run_id) / "published.json"

    @property
    def rollback_note(self) -> Path:
        return self.root / "rollback.json"

    # ---- the build that a run works in

    @property
    def build(self) -> Path:
        return self.root / "build"

    def build_file(self, name: str) -> Path:
        """Where a build's file is: constant, so that dbt's parse, which depends on it, stays warm."""
        return self.build / name

    # ---- runs

    @property
    def history(self) -> Path:
        return self.root / "history.sqlite"

    def run(self, run_id: str) -> Path:
        """What a run leaves behind; made by whoever writes there first."""
        return self.root / "runs" / run_id

    def failures(self, run_id: str) -> Path:
        """The rows that a run's checks and tests found, one JSONL file each."""
        return self.run(run_id) / "failures"

    def dbt_log(self, run_id: str) -> Path:
        return self.run(run_id) / "dbt.log"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def lock_note(self) -> Path:
        return self.root / "lock.json"

    # ---- dbt

    @property
    def dbt_target(self) -> Path:
        """Where dbt keeps its parse between runs; a kept failed build's results lie there too."""
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
        """How far `sbdk stream --to stdout` came."""
        return self.root / "stdout_positions.json"

    @property
    def compiled(self) -> Path:
        """Numba's machine code."""
        return self.root / "jit"

    @property
    def aside(self) -> Path:
        """Files that stood in the way and were not thrown away."""
        return self.root / "aside"

    @property
    def init_log(self) -> Path:
        return self.root / "init.log"
