"""The records of the server's state. All times are ISO 8601 texts in UTC with milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["accepted", "duplicate", "known", "ignored"]
Registered = Literal["created", "same", "conflict"]
Status = Literal["queued", "running", "interrupted", "built", "failed", "timed_out", "superseded", "skipped"]

WAITING: tuple[Status, ...] = ("queued", "interrupted")
ENDED: tuple[Status, ...] = ("built", "failed", "timed_out", "superseded", "skipped")


@dataclass(frozen=True)
class Push:
    """What of a signed push decides on a rebuild. `ref` in full (refs/heads/main), `after` the commit, 40 or 64 hex."""

    repository_id: int
    repository: str
    ref: str
    after: str


@dataclass(frozen=True)
class Delivery:
    """One signed delivery. `push` only when one is to be built: of the allowed repository and branch, no deletion."""

    delivery_id: str
    event: str
    push: Push | None = None


@dataclass(frozen=True)
class Project:
    """A registered project. `token_hash` is the SHA-256 of its token; the token itself is stored nowhere."""

    uuid: str
    name: str
    token_hash: bytes


@dataclass(frozen=True)
class UsageEvent:
    """Something a project reported: `data` is a JSON object as text, `at` the time that the client gave, if any."""

    name: str
    at: str | None = None
    data: str = "{}"


@dataclass(frozen=True)
class Job:
    """One rebuild. Exactly one per accepted commit of a repository and ref.

    queued → running → built, failed, timed_out or skipped (the branch has gone on without this commit);
    running → interrupted → running: the server stopped or was killed meanwhile, and the job runs again;
    queued → superseded: a newer push of the same ref came before its turn.
    `run_id` is the run of `sbdk dev` that published it; `log` the path of its log, relative to the project.
    """

    id: int
    repository_id: int
    repository: str
    ref: str
    commit: str
    status: Status
    accepted: str
    started: str | None
    finished: str | None
    attempts: int
    run_id: str | None
    error: str | None
    log: str | None
