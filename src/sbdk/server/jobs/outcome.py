"""The outcome of a job: its commit is built if its run is published, also after a kill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sbdk.core.errors import SbdkError
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.store.records import JobStatus
from sbdk.state.history import History, RunRecord
from sbdk.state.layout import StateDir


@dataclass(frozen=True)
class JobOutcome:
    """`run_id` only when the job's commit is built."""

    status: JobStatus
    run_id: str | None = None
    error: str | None = None


def job_folder(settings: RebuildSettings, job_id: int) -> Path:
    """The folder of a job's log and process note."""
    return StateDir(settings.state).job(job_id)


def process_note(settings: RebuildSettings, job_id: int) -> Path:
    """The file with the process id and start time of a job's `sbdk dev`."""
    return job_folder(settings, job_id) / "process"


def published_run(settings: RebuildSettings, note: Path) -> str | None:
    """The run with which the process in `note` published, or found all up to date; None if it did neither.

    `sbdk dev` publishes in one step. A run whose build is among the published ones is done, even if it was
    killed before it recorded that.
    """
    run = _run(settings, note)
    if run is None:
        return None
    done = run.published or run.status == "up_to_date" or _is_published(settings, run.run_id)
    return run.run_id if done else None


def run_started(settings: RebuildSettings, note: Path) -> bool:
    """Whether the process in `note` began a run: past its arguments, its configuration and the lock."""
    return _run(settings, note) is not None


def _run(settings: RebuildSettings, note: Path) -> RunRecord | None:
    try:
        pid, _, started = note.read_text(encoding="ascii").strip().partition(" ")
        return History(settings.state).run_of_process(int(pid), started or None)
    except (OSError, ValueError):
        return None


def _is_published(settings: RebuildSettings, run_id: str) -> bool:
    from sbdk.targets.registry import open_target

    try:
        warehouse = open_target(settings.published, settings.state)
        current = warehouse.current()
        return run_id in {build.run_id for build in warehouse.builds()} or (
            current is not None and current.run_id == run_id
        )
    except SbdkError:
        return False
