"""What goes over the wire: strict, unknown fields refused. The OpenAPI document is made from these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sbdk.spec.config import PROJECT_NAME

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"
MOST_EVENTS = 1_000

Uuid = Annotated[str, Field(pattern=UUID, description="A UUID of version 4 or 7, in small letters.")]
Short = Annotated[str, Field(max_length=200)]
Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
Real = Annotated[float, Field(ge=-1e15, le=1e15)]


class Body(BaseModel):
    """Base of what clients send."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class Register(Body):
    """A project that registers."""

    project: str = Field(pattern=PROJECT_NAME, description="The project's name.")
    uuid: Uuid | None = Field(default=None, description="The project's id; the server makes one if it is absent.")


class Event(Body):
    """Something that happened in a project."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$", description="What happened.")
    at: str | None = Field(default=None, pattern=TIME, description="When, in UTC: 2026-01-31T12:00:00Z.")
    n: int = Field(default=1, ge=1, le=1_000_000_000, description="How many times.")
    seconds: float | None = Field(default=None, ge=0, le=1e9, description="How long it took.")
    data: dict[Annotated[str, Field(max_length=64)], bool | Whole | Real | Short | None] = Field(
        default_factory=dict, max_length=32, description="Anything else: names with single values."
    )

    @field_validator("at")
    @classmethod
    def _is_a_time(cls, value: str | None) -> str | None:
        from datetime import datetime

        if value is not None:
            datetime.fromisoformat(value)
        return value


class Usage(Body):
    """A report of events."""

    uuid: Uuid
    events: list[Event] = Field(min_length=1, max_length=MOST_EVENTS)


class Registered(BaseModel):
    """The project, as it is on record. The token is shown once, when the project is new."""

    uuid: str
    project: str
    token: str | None = None


class Tracked(BaseModel):
    """How many events were stored."""

    stored: int


class Delivered(BaseModel):
    """What became of a delivery: it is stored by now."""

    status: Literal["accepted", "known", "ignored", "duplicate", "pong"]


class Status(BaseModel):
    """How the server is."""

    status: Literal["ok", "ready"]


class Error(BaseModel):
    """Every error: a code that does not change, words, and the id under which the server's log has it."""

    error: str
    detail: str
    request_id: str


class Run(BaseModel):
    """One rebuild."""

    id: int
    repository: str
    ref: str
    commit: str
    status: str
    accepted: str
    started: str | None
    finished: str | None
    attempts: int
    run_id: str | None
    error: str | None


class Runs(BaseModel):
    """Rebuilds, latest first."""

    runs: list[Run]
