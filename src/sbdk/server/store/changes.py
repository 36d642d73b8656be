"""Changes of a queued job (claimed, finished, interrupted), of projects and of their reports of usage."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sbdk.server.store.database import TO_DO
from sbdk.server.store.records import (
    Job,
    JobStatus,
    RegisteredProject,
    RegistrationOutcome,
    StoreFull,
    UsageEvent,
    timestamp,
)
from sbdk.state.layout import FOLDER, StateDir

COLUMNS = (
    'id, repository_id, repository, ref, "commit", status, accepted, started, finished, attempts, run_id, error, log'
)
NEXT = f"SELECT id FROM jobs WHERE {TO_DO} AND status <> 'running' ORDER BY status = 'queued', place LIMIT 1"  # noqa: S608
RUNNING = f"SELECT {COLUMNS} FROM jobs WHERE {TO_DO} AND status = 'running' ORDER BY id"  # noqa: S608
_CLAIM = "UPDATE jobs SET status = 'running', started = ?, attempts = attempts + 1, log = ? WHERE id = ?"


def claim(connection: sqlite3.Connection) -> Job | None:
    """The next job, now running: one that was interrupted first, then by place. None when nothing waits."""
    row = connection.execute(NEXT).fetchone()
    if row is None:
        return None
    connection.execute(_CLAIM, (timestamp(), log_path(row[0]), row[0]))
    return read_job(connection, row[0])


def log_path(job_id: int) -> str:
    """The path of a job's log, relative to the project."""
    return StateDir(Path(FOLDER)).job_log(job_id).as_posix()


def finish(
    connection: sqlite3.Connection, job_id: int, status: JobStatus, run_id: str | None, error: str | None
) -> None:
    """Close a running job's record."""
    statement = """
        UPDATE jobs SET status = ?, finished = ?, run_id = ?, error = ?, place = NULL
        WHERE id = ? AND status = 'running'"""
    connection.execute(statement, (status, timestamp(), run_id, error, job_id))


def interrupt(connection: sqlite3.Connection, job_id: int, *, counts: bool) -> None:
    """A running job waits again, before all others. Unless it `counts`, the attempt is not counted."""
    statement = "UPDATE jobs SET status = 'interrupted', attempts = attempts - ? WHERE id = ? AND status = 'running'"
    connection.execute(statement, (0 if counts else 1, job_id))


def read_job(connection: sqlite3.Connection, job_id: int) -> Job | None:
    row = connection.execute(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job_id,)).fetchone()  # noqa: S608
    return job_from_row(row) if row else None


def job_from_row(row: Any) -> Job:
    return Job(*tuple(row))


MAX_PROJECTS = 100_000

_ADD_USAGE = """
    INSERT INTO usage (uuid, received, name, at, data)
    SELECT ?, ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) ORDER BY key"""


def register(connection: sqlite3.Connection, project: RegisteredProject) -> RegistrationOutcome:
    """Add the project. One with its uuid keeps its name and its token. StoreFull beyond MAX_PROJECTS."""
    row = connection.execute("SELECT name FROM projects WHERE uuid = ?", (project.uuid,)).fetchone()
    if row:
        return "same" if row[0] == project.name else "conflict"
    if connection.execute("SELECT count(*) FROM projects").fetchone()[0] >= MAX_PROJECTS:
        raise StoreFull(f"{MAX_PROJECTS:,} projects are registered, which is all this server takes")
    values = (project.uuid, project.name, project.token_hash, timestamp())
    connection.execute("INSERT INTO projects VALUES (?, ?, ?, ?)", values)
    return "created"


def track(connection: sqlite3.Connection, uuid: str, events: Sequence[UsageEvent]) -> int:
    """Add a project's events; how many."""
    rows = json.dumps([(event.name, event.at, event.data) for event in events])
    return connection.execute(_ADD_USAGE, (uuid, timestamp(), rows)).rowcount
