"""One job: fetch, check out, and run `sbdk dev` on the files of the commit.

The run is one of the server's project, with the pushed files in place of its own: `.sbdk` in the checked-out folder is
a link to the server's, and the file it publishes is the server's. So a rebuild goes on from the last published
build, waits for the same lock, is on record in the same history, can be rolled back, and its readers never wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sbdk.core.errors import SbdkError, SourceUnavailable, Terminal
from sbdk.core.failpoints import failpoint
from sbdk.server.jobs.environment import for_build
from sbdk.server.jobs.limits import Limits
from sbdk.server.jobs.log import JobLog
from sbdk.server.jobs.published import began, run_of
from sbdk.server.jobs.repository import Repository
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.jobs.supervised import Command, Stopped, TimeLimit, run
from sbdk.server.state.records import Job, Status
from sbdk.state.lock import ProjectLock
from sbdk.warehouse.durable import clear

FETCHES = (0.0, 2.0, 5.0)  # seconds to wait before each attempt
LAG = 3.0  # seconds by which a mirror may be behind the delivery of a push


@dataclass(frozen=True)
class Verdict:
    """How a job ended. `run_id` only when its commit is built."""

    status: Status
    run_id: str | None = None
    error: str | None = None


def folder_of(settings: RebuildSettings, job_id: int) -> Path:
    """Where a job's log and the note on its process lie."""
    return settings.state / "jobs" / str(job_id)


def note_of(settings: RebuildSettings, job_id: int) -> Path:
    return folder_of(settings, job_id) / "process"


def rebuild(job: Job, settings: RebuildSettings, limits: Limits, log: JobLog, last_built: str | None) -> Verdict:
    """Raises Stopped; everything else that can go wrong is in the verdict."""
    note = note_of(settings, job.id)
    note.unlink(missing_ok=True)
    try:
        return _rebuild(job, settings, limits, log, last_built)
    except (TimeLimit, Stopped) as ended:
        if run_id := run_of(settings, note):
            return Verdict("built", run_id)
        if isinstance(ended, Stopped):
            raise
        return Verdict("timed_out", error=f"ended after its time limit of {settings.seconds:g} s")
    except SbdkError as error:
        return Verdict("failed", error=str(error))
    except OSError as error:
        return Verdict("failed", error=error.strerror or type(error).__name__)


def _rebuild(job: Job, settings: RebuildSettings, limits: Limits, log: JobLog, last_built: str | None) -> Verdict:
    _tidy(settings)
    repository = Repository(settings, limits, log)
    _fetch(repository, limits, log)
    if not repository.contains(job.commit):
        log.line("the commit is not on the branch, or not yet")
        _pause(LAG, limits)
        _fetch(repository, limits, log)
    failpoint("after_fetch")
    if reason := _outdated(job, settings, repository, last_built):
        return Verdict("skipped", error=reason)
    tree = settings.workplace / "project"
    repository.check_out(job.commit, tree)
    project = _project(tree, settings)
    failpoint("after_checkout")
    note = note_of(settings, job.id)
    arguments = (*settings.command, "--target", settings.target)
    code = _run_in_turn(Command(arguments, project, for_build(settings), note), settings, limits, log)
    if run_id := run_of(settings, note):
        return Verdict("built", run_id)
    return Verdict("failed", error=f"exit code {code}: {log.tail()}")


def _run_in_turn(command: Command, settings: RebuildSettings, limits: Limits, log: JobLog) -> int:
    """Its exit code. While somebody else works on the project the job waits, longer than the command itself would."""
    lock = ProjectLock(settings.state, "sbdk webhooks")
    while True:
        if lock.holder():
            log.line("waiting for another run of this project")
        while lock.holder():
            if limits.stop.asked.wait(0.2):
                raise Stopped
            if limits.over():
                raise TimeLimit
        code = run(command, limits, log)
        if code == 0 or began(settings, command.note) or not lock.holder():
            return code


def _tidy(settings: RebuildSettings) -> None:
    """No job finds what another left in its home."""
    for name in ("home", "tmp"):
        clear(settings.workplace / name)
        (settings.workplace / name).mkdir(parents=True, mode=0o700)


def _fetch(repository: Repository, limits: Limits, log: JobLog) -> None:
    for attempt, wait in enumerate(FETCHES, start=1):
        _pause(wait, limits)
        try:
            return repository.renew() if attempt == len(FETCHES) else repository.fetch()
        except SourceUnavailable:
            if attempt == len(FETCHES):
                raise
            log.line("the fetch failed; once more")
    return None


def _pause(seconds: float, limits: Limits) -> None:
    if seconds and limits.stop.asked.wait(seconds):
        raise Stopped


def _outdated(job: Job, settings: RebuildSettings, repository: Repository, last_built: str | None) -> str | None:
    """Why this commit is not to be built: deliveries may come out of order, or long after they were sent."""
    if not repository.contains(job.commit):
        return f"the commit is not on the branch {settings.branch}, or not any more"
    if last_built and repository.contains(job.commit, last_built) and not repository.is_head(job.commit):
        return f"the newer commit {last_built} is built already"
    return None


def _project(tree: Path, settings: RebuildSettings) -> Path:
    """The project in the checked-out files, with the server's `.sbdk` as its own."""
    project = tree / settings.folder
    if not project.resolve().is_relative_to(tree.resolve()):
        raise Terminal("the project's folder lies outside of the repository")
    if not (project / "sbdk_config.json").is_file():
        where = f"in the folder {settings.folder} of the commit" if settings.folder else "in the commit"
        raise Terminal(f"there is no sbdk_config.json {where}")
    state = project / ".sbdk"
    if state.is_symlink() or state.is_file():
        state.unlink()
    clear(state)
    state.symlink_to(settings.state, target_is_directory=True)
    return project
