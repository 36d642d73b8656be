"""The state of the current run, built from its events; every page can be sent the whole of it at any time."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sbdk.core.event_stream import Broadcast
from sbdk.core.events import (
    NodeFinished,
    NodeStarted,
    Noted,
    Progress,
    RunEvent,
    RunFinished,
    RunStarted,
    StageFinished,
    StageStarted,
    Warned,
)
from sbdk.run.stages import STAGES

NOTES = 30
_TEXT = 500
_GOOD = ("success", "up_to_date")


@dataclass
class StageState:
    """One stage. `status`: waiting, running, success, failed, skipped. `done` of `total`, where a stage counts."""

    name: str
    status: str = "waiting"
    seconds: float | None = None
    rows: int | None = None
    done: int | None = None
    total: int | None = None
    what: str = ""
    began: float = 0.0

    def as_dict(self, now: float) -> dict[str, Any]:
        seconds = now - self.began if self.status == "running" else self.seconds
        shown = {key: getattr(self, key) for key in ("name", "status", "rows", "done", "total", "what")}
        return {**shown, "seconds": None if seconds is None else round(seconds, 3)}


@dataclass
class RunState:
    """The current run or the last one. `nodes`: dbt's status by node id. `status`: running, or that of the end."""

    building: bool = False
    status: str = ""
    number: int = 0
    run_id: str = ""
    began: float = 0.0
    stages: list[StageState] = field(default_factory=lambda: [StageState(stage.name) for stage in STAGES])
    nodes: dict[str, str] = field(default_factory=dict)
    notes: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=NOTES))

    def apply(self, event: RunEvent) -> None:
        """Update the state; a `Sink`."""
        match event:
            case RunStarted():
                self._begin(event.run_id)
            case StageStarted() | StageFinished():
                self._stage_changed(event)
            case Progress():
                self._progress(event.stage, event.done, event.total, event.item)
            case NodeStarted():
                self._node_changed(event, None, "running")
            case NodeFinished():
                self._node_changed(event, event.done, event.status)
            case Warned(text=text) | Noted(text=text) if text:
                self.notes.append({"kind": event.kind, "text": text[:_TEXT]})
            case RunFinished():
                self._run_finished(event)

    def _begin(self, run_id: str) -> None:
        self.building, self.run_id, self.began = True, run_id, monotonic()
        self.number += 1
        self.status = "running"
        self.stages = [StageState(stage.name) for stage in STAGES]
        self.nodes.clear()
        self.notes.clear()

    def _stage(self, name: str) -> StageState:
        known = next((stage for stage in self.stages if stage.name == name), None)
        if known is None:
            known = StageState(name)
            self.stages.append(known)
        return known

    def _stage_changed(self, event: StageStarted | StageFinished) -> None:
        if not self.building:
            self._begin(event.run_id)
        stage = self._stage(event.stage)
        if isinstance(event, StageStarted):
            stage.status, stage.began = "running", monotonic()
            return
        stage.status, stage.seconds, stage.rows = event.status, event.seconds, event.rows
        stage.done = stage.total = None
        stage.what = event.reason[:_TEXT]
        if stage.status == "failed" or (stage.name == STAGES[-1].name and stage.status == "success"):
            self.building, self.status = False, stage.status

    def _progress(self, name: str, done: int | None, total: int | None, what: str) -> None:
        stage = self._stage(name)
        stage.done = stage.done if done is None else done
        stage.total = stage.total if total is None else total
        stage.what = what[:_TEXT]

    def _node_changed(self, event: NodeStarted | NodeFinished, done: int | None, status: str) -> None:
        self._progress(event.stage, done, event.total, f"{event.resource} {event.name}")
        self.nodes[event.id] = status

    def _run_finished(self, event: RunFinished) -> None:
        if event.run_id and event.run_id != self.run_id:  # a run that ended before its first stage
            self._begin(event.run_id)
        self.building, self.status = False, event.status if event.status in _GOOD else "failed"

    def as_dict(self) -> dict[str, Any]:
        now = monotonic()
        return {
            "building": self.building,
            "status": self.status,
            "number": self.number,
            "run_id": self.run_id,
            "seconds": round(now - self.began, 3) if self.building else None,
            "stages": [stage.as_dict(now) for stage in self.stages],
            "notes": list(self.notes),
        }


class RunFeed:
    """Keeps the RunState from the broadcast, on its own thread; `changed` waits for the next change."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast
        self._subscription = broadcast.subscribe()
        self._lock = threading.Lock()
        self._run = RunState()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()
        self.version = 0
        self.stopped = False

    def start(self) -> None:
        """Call it from the event loop that serves the pages."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, name="dashboard-live", daemon=True).start()

    def stop(self) -> None:
        """End every stream. Can be called from any thread."""
        self.stopped = True
        self._subscription.close()
        self._wake_soon()

    def snapshot(self) -> dict[str, Any]:
        with self._lock:
            return self._run.as_dict()

    def node_status(self) -> dict[str, str]:
        """dbt's status by node id, of the current run or the last one."""
        with self._lock:
            return dict(self._run.nodes)

    def notify(self) -> None:
        """Wake the streams: something that they show has changed."""
        with self._lock:
            self.version += 1
        self._wake_soon()

    async def changed(self, since: int, seconds: float) -> None:
        """Wait for a version other than `since`, at most `seconds`."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                if self.version == since and not self.stopped:  # else the change came before this call
                    await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(event)

    def _listen(self) -> None:
        for event in self._subscription:
            with self._lock:
                self._run.apply(event)
            self.notify()

    def _wake_soon(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()
