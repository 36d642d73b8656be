"""`sbdk start`: builds the project again when its files change, one build at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from sbdk.core.errors import LockHeld, SbdkError
from sbdk.core.events import Emit, FilesChanged, RunEvent, RunStarted, Warned, silent
from sbdk.run.dbt_workers import ReusedPool
from sbdk.run.options import RunOptions
from sbdk.spec.project import find_config
from sbdk.watch.file_events import FileEvents
from sbdk.watch.snapshot import ProjectSnapshot, Snapshotter

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.run.result import RunResult


QUIET = 0.03  # seconds without a change after which a save counts as complete
QUIET_AFTER_CHANGES = 0.6  # the same after a build during which files changed
MAX_WAIT = 10.0  # seconds after which it builds even if files still change
RECHECK = 0.3  # seconds from an event to another check: files in a new folder may have caused no event
SLICE = 0.2  # seconds between two checks of `stop`


class Watch:
    """Watches the project around `project_path`. `run` blocks; the other methods may be called from any thread.

    A file with an error fails the build: the error is in `state()` and in the event run_finished, the last good build
    stays published, and the next change starts another build.
    """

    def __init__(
        self,
        project_path: Path | str = ".",
        *,
        emit: Emit = silent,
        target: str | None = None,
        command: str | Sequence[str] = "sbdk.Watch.run",
    ) -> None:
        self.root, _ = find_config(Path(project_path))
        self.workers = ReusedPool(emit)
        self._target = target
        self._command = command
        self._emit = emit
        self._snapshotter = Snapshotter(self.root)
        self._events = FileEvents(self.root, emit)
        self._state = WatchState()
        self._built = ProjectSnapshot()
        self._requested = threading.Event()
        self._changing = False

    def state(self) -> WatchState:
        """Whether it is idle, building or failed, with the files and the error concerned."""
        return self._state

    def request_run(self) -> None:
        """Request a whole run, as `sbdk dev` does it, once the current one has ended."""
        self._requested.set()
        self._events.wake()

    def run(self, stop: threading.Event) -> None:
        """Build, then watch and build until `stop` is set or an interrupt comes; no process is left behind."""
        try:
            self._requested.set()
            while not stop.is_set():
                if self._is_due():
                    self._build()
                else:
                    self._wait(stop)
        finally:
            self._events.stop()
            self.workers.close()

    # ---- when

    def _is_due(self) -> bool:
        return self._requested.is_set() or self._has_changed(self._snapshotter.take())

    def _has_changed(self, now: ProjectSnapshot) -> bool:
        return now.code != self._built.code or any(self._built.unread.get(n) != s for n, s in now.unread.items())

    def _wait(self, stop: threading.Event) -> None:
        """Wait for an event or for the next poll; after an event, until the files stop changing."""
        poll_at = monotonic() + self._events.every
        while not stop.is_set() and (left := poll_at - monotonic()) > 0:
            if self._events.wait(min(left, SLICE)):
                self._wait_until_quiet()
                self._events.listen(self._snapshotter.folders())  # one may have been deleted and created again
                if self._is_due():
                    return
                poll_at = min(poll_at, monotonic() + RECHECK)
                continue
        if not stop.is_set() and self._is_due() and self._events.every > RECHECK and not self._events.wait(RECHECK):
            self._missed_event()

    def _missed_event(self) -> None:
        """Poll more often if the last poll found a change, below a watched folder, for which there was no event."""
        changes = self._snapshotter.take().changes(self._built)
        folders = self._snapshotter.folders()
        if any((self.root / name).is_relative_to(folder) for name in changes for folder in folders):
            self._events.fall_back_to_polling("a file changed without a file event")

    def _wait_until_quiet(self) -> None:
        """Wait until no file changes for QUIET seconds, for longer ones if files changed during the last build."""
        quiet = QUIET_AFTER_CHANGES if self._changing else QUIET
        until, previous = monotonic() + MAX_WAIT, None
        while monotonic() < until:
            woken = self._events.wait(quiet)
            now = self._snapshotter.take()
            if now == previous and not woken:
                return
            previous = now

    # ---- what

    def _build(self) -> None:
        requested = self._requested.is_set()
        self._requested.clear()
        if self._snapshotter.project is None:  # so that the first snapshot covers all folders
            with suppress(SbdkError):
                self._open()
        before = self._snapshotter.take()
        changed = before.changes(self._built) if self._built.code else []
        self._set_state("building", changed=changed, error=None)
        if changed:
            self._emit(FilesChanged(tuple(changed)))
        error = self._run(requested)
        if not isinstance(error, LockHeld):
            self._built = before
        elif requested:  # the requested run is still due
            self._requested.set()
        after = self._snapshotter.take()
        self._changing = after.code != before.code
        if self._changing:
            self._wait_until_quiet()
        self._set_state("failed" if error else "idle", error=error.as_dict() if error else None)

    def _run(self, requested: bool) -> SbdkError | None:
        """One run; its error, if it failed."""
        try:
            project = self._open()
        except SbdkError as error:
            return self._emit_refusal(error)
        self._prepare(project)
        try:
            options = RunOptions(changes_only=not requested)
            result = project.run(options, emit=self._on_event, command=self._command, workers=self.workers)
        except SbdkError as error:
            return error  # it was emitted
        self._update_pipelines(project, result)
        return result.error

    def _open(self) -> Project:
        from sbdk.project import Project

        project = Project(self.root, target=self._target)
        for text in project.warnings if self._snapshotter.project is None else ():
            self._emit(Warned("", text))
        self._snapshotter.project = project.loaded
        return project

    def _prepare(self, project: Project) -> None:
        self._events.listen(self._snapshotter.folders())
        if (project.loaded.dbt / "dbt_project.yml").is_file():
            self.workers.prepare(project.loaded)

    def _emit_refusal(self, error: SbdkError) -> SbdkError:
        """Emit the error of a configuration that cannot be read: there is no run to emit it."""
        from sbdk.run.result import RunResult

        self._emit(RunResult("", "failed", error=error).finished(ended="refused"))
        return error

    def _update_pipelines(self, project: Project, result: RunResult) -> None:
        """Update what the pipelines read from the record of the published build."""
        if result.status == "failed" and self._snapshotter.pipelines:
            return
        current = project.warehouse().current()
        self._snapshotter.pipelines = current.record.pipelines if current else {}
        self._snapshotter.models = current.record.dbt.files if current else {}
        self._events.listen(self._snapshotter.folders())

    # ---- reporting

    def _on_event(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self._set_state("building", run_id=event.run_id)
        self._emit(event)

    def _set_state(self, status: Any, **more: Any) -> None:
        since = self._state.since if status == self._state.status else datetime.now(UTC)
        self._state = replace(self._state, status=status, since=since, **more)


@dataclass(frozen=True)
class WatchState:
    """`changed`: names of the files whose changes started the present or last build. `error`: of the last one, as
    `SbdkError.as_dict`. `since`: when this state began, UTC."""

    status: Literal["idle", "building", "failed"] = "idle"
    run_id: str | None = None
    changed: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
