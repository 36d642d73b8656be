"""Registered projects and their reports of usage."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from sbdk.server.store.records import RegisteredProject, RegistrationOutcome, StoreFull, UsageEvent, timestamp

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
