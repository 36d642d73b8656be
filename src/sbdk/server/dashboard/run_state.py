"""The run that goes on, from its events: one picture that every page can be given whole at any time."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sbdk.core.broadcast import Broadcast
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
class LiveStage:
    """`status`: waiting, running, success, failed, skipped. `done` of `total` `unit`, where a stage counts."""

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
class LiveRun:
    """`nodes`: dbt's status by id, of this run or the last one. `status`: running, or as the run ended."""

    building: bool = False
    status: str = ""
    number: int = 0
    run_id: str = ""
    began: float = 0.0
    stages: list[LiveStage] = field(default_factory=lambda: [LiveStage(stage.name) for stage in STAGES])
    nodes: dict[str, str] = field(default_factory=dict)
    notes: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=NOTES))

    def receive(self, event: RunEvent) -> None:
        """A Sink."""
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
        self.stages = [LiveStage(stage.name) for stage in STAGES]
        self.nodes.clear()
        self.notes.clear()

    def _stage(self, name: str) -> LiveStage:
        found = next((stage for stage in self.stages if stage.name == name), None)
        if found is None:
            found = LiveStage(name)
            self.stages.append(found)
        return found

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
        if event.run_id and event.run_id != self.run_id:  # one that never started
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


class Live:
    """Listens to the broadcast on a thread of its own, and wakes whoever waits for `changed`."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast
        self._subscription = broadcast.subscribe()
        self._lock = threading.Lock()
        self._run = LiveRun()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()
        self.version = 0
        self.stopped = False

    def start(self) -> None:
        """From the event loop that serves the pages."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, name="dashboard-live", daemon=True).start()

    def stop(self) -> None:
        """Every stream ends. From any thread."""
        self.stopped = True
        self._subscription.close()
        self._wake_soon()

    def picture(self) -> dict[str, Any]:
        with self._lock:
            return self._run.as_dict()

    def nodes(self) -> dict[str, str]:
        """dbt's status by node id of the present run or the last one that was heard."""
        with self._lock:
            return dict(self._run.nodes)

    def touch(self) -> None:
        """Something else than the run has changed: wake the streams."""
        with self._lock:
            self.version += 1
        self._wake_soon()

    async def changed(self, since: int, seconds: float) -> None:
        """Returns when something has changed after the version `since`, or after `seconds`."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                if self.version == since and not self.stopped:  # else it happened before anybody waited
                    await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(event)

    def _listen(self) -> None:
        for event in self._subscription:
            with self._lock:
                self._run.receive(event)
            self.touch()

    def _wake_soon(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()
