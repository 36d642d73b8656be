"""One job: fetch, check out, and run `sbdk dev` on the files of the commit.

The run is one of the server's project, with the pushed files in place of its own: `.sbdk` in the checked-out folder is
a link to the server's, and the file it publishes is the server's. So a rebuild goes on from the last published
build, waits for the same lock, is recorded in the same history, can be rolled back, and its readers never wait.
"""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import SbdkError, SourceUnavailable, Terminal
from sbdk.core.failpoints import failpoint
from sbdk.core.files import remove_tree
from sbdk.server.jobs.git import Repository
from sbdk.server.jobs.job import (
    DeadlineExceeded,
    JobDeadline,
    JobLog,
    JobOutcome,
    ServerStopping,
    process_note,
    published_run,
    run_started,
)
from sbdk.server.jobs.process_tree import Command, build_environment, run_command
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.store.records import Job
from sbdk.state.lock import ProjectLock

FETCHES = (0.0, 2.0, 5.0)  # seconds to wait before each attempt
LAG = 3.0  # seconds by which a mirror may be behind the delivery of a push


def rebuild(
    job: Job, settings: RebuildSettings, deadline: JobDeadline, log: JobLog, last_built: str | None
) -> JobOutcome:
    """Run one job. Raises ServerStopping; every other failure is in the outcome."""
    note = process_note(settings, job.id)
    note.unlink(missing_ok=True)
    try:
        return _rebuild(job, settings, deadline, log, last_built)
    except (DeadlineExceeded, ServerStopping) as ended:
        if run_id := published_run(settings, note):
            return JobOutcome("built", run_id)
        if isinstance(ended, ServerStopping):
            raise
        return JobOutcome("timed_out", error=f"ended after its time limit of {settings.seconds:g} s")
    except SbdkError as error:
        return JobOutcome("failed", error=str(error))
    except OSError as error:
        return JobOutcome("failed", error=error.strerror or type(error).__name__)


def _rebuild(
    job: Job, settings: RebuildSettings, deadline: JobDeadline, log: JobLog, last_built: str | None
) -> JobOutcome:
    _empty_home(settings)
    repository = Repository(settings, deadline, log)
    _fetch(repository, deadline, log)
    if not repository.contains(job.commit):
        log.line("the commit is not on the branch, or not yet")
        _pause(LAG, deadline)
        _fetch(repository, deadline, log)
    failpoint("after_fetch")
    if reason := _outdated(job, settings, repository, last_built):
        return JobOutcome("skipped", error=reason)
    tree = settings.workplace / "project"
    repository.check_out(job.commit, tree)
    project = _project(tree, settings)
    failpoint("after_checkout")
    note = process_note(settings, job.id)
    arguments = (*settings.command, "--target", settings.target)
    code = _run_when_unlocked(Command(arguments, project, build_environment(settings), note), settings, deadline, log)
    if run_id := published_run(settings, note):
        return JobOutcome("built", run_id)
    return JobOutcome("failed", error=f"exit code {code}: {log.tail()}")


def _run_when_unlocked(command: Command, settings: RebuildSettings, deadline: JobDeadline, log: JobLog) -> int:
    """The exit code. While another program works on the project the job waits, longer than the command itself would."""
    lock = ProjectLock(settings.state, "sbdk webhooks")
    while True:
        if lock.holder():
            log.line("waiting for another run of this project")
        while lock.holder():
            if deadline.stop.requested.wait(0.2):
                raise ServerStopping
            if deadline.exceeded():
                raise DeadlineExceeded
        code = run_command(command, deadline, log)
        if code == 0 or run_started(settings, command.note) or not lock.holder():
            return code


def _empty_home(settings: RebuildSettings) -> None:
    """Empty the home and the folder for temporary files, so that no job finds files of another one."""
    for name in ("home", "tmp"):
        remove_tree(settings.workplace / name)
        (settings.workplace / name).mkdir(parents=True, mode=0o700)


def _fetch(repository: Repository, deadline: JobDeadline, log: JobLog) -> None:
    for attempt, wait in enumerate(FETCHES, start=1):
        _pause(wait, deadline)
        try:
            return repository.clone_again() if attempt == len(FETCHES) else repository.fetch()
        except SourceUnavailable:
            if attempt == len(FETCHES):
                raise
            log.line("the fetch failed; once more")
    return None


def _pause(seconds: float, deadline: JobDeadline) -> None:
    if seconds and deadline.stop.requested.wait(seconds):
        raise ServerStopping


def _outdated(job: Job, settings: RebuildSettings, repository: Repository, last_built: str | None) -> str | None:
    """The reason not to build this commit, if any: deliveries may come out of order, or long after they were sent."""
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
    remove_tree(state)
    state.symlink_to(settings.state, target_is_directory=True)
    return project
