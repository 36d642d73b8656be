"""The events of a run: stages emit them, sinks receive them (terminal, history, alerts, dashboard).

An event is frozen and has the id of its run, the time and a sequence number; `to_json` and `from_json` preserve all
fields. Code that emits gives only the fields of its own: `emit(Warned("load", "a column is empty"))`. The run's
`EventStream` (event_stream.py) adds the rest. An event outside of a run has no run id, and sequence 0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from pydantic import TypeAdapter

RunStatus = Literal["success", "up_to_date", "failed", "refused", "interrupted"]
StageStatus = Literal["success", "failed", "skipped"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class _Stamped:
    """The fields of every event: `at` is aware and in UTC, `sequence` counts from 1 within a run."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}  # for from_json
    kind: ClassVar[str]
    run_id: str = ""
    at: datetime = field(default_factory=_now)
    sequence: int = 0

    def to_json(self) -> str:
        """One JSON object on one line: `kind`, then the fields in their order. `from_json` reads it."""
        return json.dumps({"kind": self.kind, **asdict(self)}, default=datetime.isoformat, ensure_ascii=False)


@dataclass(frozen=True)
class TableRows:
    """A published table, as schema.table, and its rows."""

    name: str
    rows: int


@dataclass(frozen=True)
class DbtCounts:
    """Counts of the published build: `models`; data and unit tests in `tests_…`. The last two count this run's work."""

    models: int = 0
    tests_passed: int = 0
    tests_failed: int = 0
    tests_warned: int = 0
    models_built: int = 0
    tests_run: int = 0


@dataclass(frozen=True)
class StageSummary:
    """One stage of a run that ended. `seconds` is wall time, `peak_mb` the largest resident memory in MB."""

    name: str
    status: StageStatus
    seconds: float = 0.0
    rows: int | None = None
    peak_mb: float = 0.0

    @property
    def rows_per_second(self) -> int | None:
        """None where no rows were counted."""
        return None if self.rows is None or self.seconds <= 0 else round(self.rows / self.seconds)


@dataclass(frozen=True)
class RunError:
    """Why a run failed, without secrets: `code` is for programs, the other fields are for people."""

    code: str
    message: str
    file: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class FilesChanged(_Stamped):
    """The watcher is about to build: names of the files that changed."""

    kind: ClassVar[str] = "files_changed"
    files: tuple[str, ...]


@dataclass(frozen=True)
class RunStarted(_Stamped):
    """The project is locked and the plan accepted; stages follow. `command`: the whole line, `sbdk dev --retry`."""

    kind: ClassVar[str] = "run_started"
    command: str
    project: str
    target: str


@dataclass(frozen=True)
class StageStarted(_Stamped):
    kind: ClassVar[str] = "stage_started"
    stage: str


@dataclass(frozen=True)
class Progress(_Stamped):
    """`done` of `total` `unit` (rows, files, records) of `item`, a table or stream; None or empty: not known.

    `reached`: the virtual time up to which a stream was emitted, aware and in UTC.
    """

    kind: ClassVar[str] = "progress"
    stage: str
    done: int | None = None
    total: int | None = None
    unit: str = ""
    item: str = ""
    reached: datetime | None = None


@dataclass(frozen=True)
class NodeStarted(_Stamped):
    """dbt begins with a node: its unique id, its name, `resource` type (model, test, seed); `total`: nodes in all."""

    kind: ClassVar[str] = "node_started"
    stage: str
    id: str
    name: str
    resource: str
    total: int | None = None


@dataclass(frozen=True)
class NodeFinished(_Stamped):
    """dbt has finished a node, the `done`-th of `total`. `status` is dbt's, `seconds` its execution time."""

    kind: ClassVar[str] = "node_finished"
    stage: str
    id: str
    name: str
    resource: str
    status: str
    seconds: float
    done: int
    total: int | None = None


@dataclass(frozen=True)
class Warned(_Stamped):
    """A warning: the run goes on. `stage` is empty if it concerns the whole run."""

    kind: ClassVar[str] = "warning"
    stage: str
    text: str


@dataclass(frozen=True)
class Noted(_Stamped):
    """Information: fields as of Warned."""

    kind: ClassVar[str] = "note"
    stage: str
    text: str


@dataclass(frozen=True)
class StageFinished(_Stamped):
    """`reason`: why a stage was skipped. `checks`: how many of the user's checks ran. The rest as in StageSummary."""

    kind: ClassVar[str] = "stage_finished"
    stage: str
    status: StageStatus
    seconds: float = 0.0
    rows: int | None = None
    checks: int = 0
    reason: str = ""
    peak_mb: float = 0.0


@dataclass(frozen=True)
class Published(_Stamped):
    """The build of this run is published: its path and tables."""

    kind: ClassVar[str] = "published"
    path: str
    tables: tuple[TableRows, ...] = ()


@dataclass(frozen=True)
class RunFinished(_Stamped):
    """The end of a run, also of one that never started: refused as wrong usage, or because another run holds the lock.

    `published`: path of the published file, None unless the run succeeded or found all up to date; the fields after
    `stages` describe its contents. `stages`: all stages in order. `validation`: PASS, FAIL, or empty if not made.
    """

    kind: ClassVar[str] = "run_finished"
    status: RunStatus
    command: str = ""
    seconds: float = 0.0
    error: RunError | None = None
    published: str | None = None
    stages: tuple[StageSummary, ...] = ()
    tables: tuple[TableRows, ...] = ()
    dbt: DbtCounts = DbtCounts()
    stale: tuple[str, ...] = ()
    validation: str = ""

    @property
    def has_result(self) -> bool:
        """False when the run was refused or interrupted: its caller gets an exception."""
        return self.status in ("success", "up_to_date") or (self.status == "failed" and self.error is not None)

    @property
    def failed_stage(self) -> str:
        """Name of the stage that failed; empty if none did."""
        return next((stage.name for stage in self.stages if stage.status == "failed"), "")


RunEvent: TypeAlias = (
    FilesChanged
    | RunStarted
    | StageStarted
    | Progress
    | NodeStarted
    | NodeFinished
    | Warned
    | Noted
    | StageFinished
    | Published
    | RunFinished
)
Sink = Callable[[RunEvent], None]
"""Receives events, one at a time and in order."""
Emit = Sink
"""The same type, as seen by code that emits: it calls the function."""

EVENTS: dict[str, type[RunEvent]] = {event.kind: event for event in get_args(RunEvent)}
"""Every type of event by its `kind`."""


def silent(event: RunEvent) -> None:
    """A sink that ignores all events."""


def from_json(text: str | bytes) -> RunEvent:
    """The event that `to_json` wrote. ValueError for anything else; for an unknown kind it names that."""
    value = json.loads(text)
    if not isinstance(value, dict) or "kind" not in value:
        raise ValueError("an event is a JSON object with a kind")
    kind = value.pop("kind")
    if not isinstance(kind, str) or kind not in EVENTS:
        raise ValueError(f"unknown kind of event {kind!r}; known: {', '.join(EVENTS)}")
    event: RunEvent = _adapter(kind).validate_json(json.dumps(value), strict=True)
    return event


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(EVENTS[kind])
