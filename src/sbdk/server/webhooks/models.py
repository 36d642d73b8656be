"""The bodies of requests, which are strict and take no unknown fields, and of responses."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sbdk.server.http.body import parse_json_object
from sbdk.spec.config import PROJECT_NAME

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
MAX_EVENTS = 1_000
EXACT = 2**53 - 1  # up to here a float holds every integer

Uuid = Annotated[str, Field(pattern=UUID, description="A UUID of version 4 or 7, in small letters.")]


def _whole(value: object) -> object:
    """JSON has no type for integers: to JSON Schema 3.0 is one. Python's bool is none."""
    return int(value) if type(value) is float and value.is_integer() else value


def _time(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise ValueError("a time of RFC 3339")
    datetime.fromisoformat(value)
    return value


Count = Annotated[int, BeforeValidator(_whole)]
Time = Annotated[str, AfterValidator(_time), Field(json_schema_extra={"format": "date-time"})]
Short = Annotated[str, Field(max_length=200)]
Whole = Annotated[int, Field(ge=-EXACT, le=EXACT)]
Real = Annotated[float, Field(ge=-EXACT, le=EXACT)]  # as far as whole ones: JSON Schema takes 5.0 for an integer


class StrictModel(BaseModel):
    """Base of what clients send."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class JsonBody(StrictModel):
    """Base of request bodies. `JsonRoute` passes their raw bytes. HttpError 400 if they are not a JSON object."""

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: object) -> object:
        return parse_json_object(value) if isinstance(value, bytes) else value


class Register(JsonBody):
    """A project that registers."""

    project: str = Field(pattern=PROJECT_NAME, description="The project's name.")
    uuid: Uuid | None = Field(default=None, description="The project's id; the server makes one if it is absent.")


class Event(StrictModel):
    """Something that happened in a project."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$", description="What happened.")
    at: Time | None = Field(default=None, description="When, with its offset: 2026-01-31T12:00:00Z.")
    n: Count = Field(default=1, ge=1, le=1_000_000_000, description="How many times.")
    seconds: float | None = Field(default=None, ge=0, le=1e9, description="How long it took.")
    data: dict[Annotated[str, Field(max_length=64)], bool | Whole | Real | Short | None] = Field(
        default_factory=dict, max_length=32, description="Anything else: names with single values."
    )


class Usage(JsonBody):
    """A report of events."""

    uuid: Uuid
    events: list[Event] = Field(min_length=1, max_length=MAX_EVENTS)


class Registered(BaseModel):
    """The registered project. The token is shown once, when the project is new."""

    uuid: str
    project: str
    token: str | None = None


class Tracked(BaseModel):
    """How many events were stored."""

    stored: int


class Delivered(BaseModel):
    """The outcome of a delivery, which is stored."""

    status: Literal["accepted", "known", "ignored", "duplicate", "pong"]


class Status(BaseModel):
    """The condition of the server."""

    status: Literal["ok", "ready"]


class Error(BaseModel):
    """Every error: a code that does not change, a text, and the id under which the server's log has it."""

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
