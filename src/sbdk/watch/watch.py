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


CALM = 0.03  # seconds without a change after which a single save is taken as done
CALM_IN_A_STORM = 0.6  # the same while a build has just found that files went on changing under it
PATIENCE = 10.0  # after so much time it builds what is there, calm or not
ECHO = 0.3  # after an event another look: what was made in a new folder may have gone unheard
SLICE = 0.2  # how often `stop` is looked at


class Watch:
    """Watches the project around `project_path`. `run` does all the work; the rest may be called from any thread.

    A file that is broken fails its build: the error is in `state()` and in the event run_finished, the last good build
    stays published, and the next change builds again.
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
        self._looking = Snapshotter(self.root)
        self._ears = FileEvents(self.root, emit)
        self._state = WatchState()
        self._built = ProjectSnapshot()
        self._asked = threading.Event()
        self._stormy = False

    def state(self) -> WatchState:
        """Idle, building or failed, and about what."""
        return self._state

    def request_run(self) -> None:
        """Ask for a whole run, as `sbdk dev` would do it, as soon as none goes on."""
        self._asked.set()
        self._ears.stir()

    def run(self, stop: threading.Event) -> None:
        """Build, then watch and build until `stop` is set or an interrupt comes; no process is left behind."""
        try:
            self._asked.set()
            while not stop.is_set():
                if self._is_due():
                    self._build()
                else:
                    self._wait(stop)
        finally:
            self._ears.hush()
            self.workers.close()

    # ---- when

    def _is_due(self) -> bool:
        return self._asked.is_set() or self._has_changed(self._looking.look())

    def _has_changed(self, now: ProjectSnapshot) -> bool:
        return now.code != self._built.code or any(self._built.unread.get(n) != s for n, s in now.unread.items())

    def _wait(self, stop: threading.Event) -> None:
        """Until something stirs, or it is time to look again; then until it is calm."""
        look_at = monotonic() + self._ears.every
        while not stop.is_set() and (left := look_at - monotonic()) > 0:
            if self._ears.wait(min(left, SLICE)):
                self._settle()
                self._ears.listen(self._looking.folders())  # one may have been deleted and made again
                if self._is_due():
                    return
                look_at = min(look_at, monotonic() + ECHO)
                continue
        if not stop.is_set() and self._is_due() and self._ears.every > ECHO and not self._ears.wait(ECHO):
            self._went_unheard()

    def _went_unheard(self) -> None:
        """A look found what no event told of."""
        names = self._looking.look().names(self._built)
        folders = self._looking.folders()
        if any((self.root / name).is_relative_to(folder) for name in names for folder in folders):
            self._ears.deaf("no event told of a change that was there")

    def _settle(self) -> None:
        """Until no file has changed for a moment; a longer one when they kept changing under the last build."""
        calm = CALM_IN_A_STORM if self._stormy else CALM
        until, seen = monotonic() + PATIENCE, None
        while monotonic() < until:
            stirred = self._ears.wait(calm)
            now = self._looking.look()
            if now == seen and not stirred:
                return
            seen = now

    # ---- what

    def _build(self) -> None:
        asked = self._asked.is_set()
        self._asked.clear()
        if self._looking.project is None:  # so that the first look knows where to look
            with suppress(SbdkError):
                self._open()
        before = self._looking.look()
        changed = before.names(self._built) if self._built.code else []
        self._say("building", changed=changed, error=None)
        if changed:
            self._emit(FilesChanged(tuple(changed)))
        error = self._run(asked)
        if not isinstance(error, LockHeld):
            self._built = before
        elif asked:  # it is still to be done
            self._asked.set()
        after = self._looking.look()
        self._stormy = after.code != before.code
        if self._stormy:
            self._settle()
        self._say("failed" if error else "idle", error=error.as_dict() if error else None)

    def _run(self, asked: bool) -> SbdkError | None:
        """One run; what is wrong, if anything."""
        try:
            project = self._open()
        except SbdkError as error:
            return self._refused(error)
        self._prepare(project)
        try:
            options = RunOptions(changes_only=not asked)
            result = project.run(options, emit=self._receive, command=self._command, workers=self.workers)
        except SbdkError as error:
            return error  # it was emitted
        self._remember(project, result)
        return result.error

    def _open(self) -> Project:
        from sbdk.project import Project

        project = Project(self.root, target=self._target)
        for text in project.warnings if self._looking.project is None else ():
            self._emit(Warned("", text))
        self._looking.project = project.loaded
        return project

    def _prepare(self, project: Project) -> None:
        self._ears.listen(self._looking.folders())
        if (project.loaded.dbt / "dbt_project.yml").is_file():
            self.workers.prepare(project.loaded)

    def _refused(self, error: SbdkError) -> SbdkError:
        """A configuration that cannot be read never becomes a run; its error is emitted all the same."""
        from sbdk.run.result import RunResult

        self._emit(RunResult("", "failed", error=error).finished(ended="refused"))
        return error

    def _remember(self, project: Project, result: RunResult) -> None:
        """What pipelines read, as the published build knows it now."""
        if result.status == "failed" and self._looking.pipelines:
            return
        current = project.warehouse().current()
        self._looking.pipelines = current.record.pipelines if current else {}
        self._ears.listen(self._looking.folders())

    # ---- reporting

    def _receive(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self._say("building", run_id=event.run_id)
        self._emit(event)

    def _say(self, status: Any, **more: Any) -> None:
        since = self._state.since if status == self._state.status else datetime.now(UTC)
        self._state = replace(self._state, status=status, since=since, **more)


@dataclass(frozen=True)
class WatchState:
    """`changed`: names of the files that the present or last build was about. `error`: why the last one failed, as
    `SbdkError.as_dict`. `since`: when this state began, UTC."""

    status: Literal["idle", "building", "failed"] = "idle"
    run_id: str | None = None
    changed: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
