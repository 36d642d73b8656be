"""Deliveries into the tables, many in one transaction, with a handful of statements however many they are.

Each statement of SQLite's gives the interpreter's lock away and must win it back from a busy event loop; a statement
per delivery would wait more than it works. So the rows travel as one JSON text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from sbdk.server.state.clock import now
from sbdk.server.state.records import Delivery, Outcome, Push

_IDS = "SELECT id FROM deliveries WHERE id IN (SELECT value FROM json_each(?))"
_COMMITS = "SELECT key FROM commits WHERE key IN (SELECT value FROM json_each(?))"
_ADD_DELIVERIES = """
    INSERT INTO deliveries (id, received, event, outcome)
    SELECT value ->> 0, ?, value ->> 1, value ->> 2 FROM json_each(?) ORDER BY key"""
_ADD_COMMITS = "INSERT INTO commits (key) SELECT value FROM json_each(?) ORDER BY key"
_NEXT = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'jobs'"
_WAITING = "SELECT repository_id, ref, id, place FROM jobs WHERE status = 'queued'"
_SUPERSEDE = """
    UPDATE jobs SET status = 'superseded', finished = ?, place = NULL, error = news.error
    FROM (SELECT value ->> 0 AS id, value ->> 1 AS error FROM json_each(?)) AS news WHERE jobs.id = news.id"""
_ADD_JOBS = """
    INSERT INTO jobs (id, repository_id, repository, ref, "commit", status, accepted, place)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'queued', ?, value ->> 5
    FROM json_each(?) ORDER BY key"""


def accept(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> list[Outcome]:
    """What became of each, in order. The caller commits."""
    outcomes = _judge(connection, deliveries)
    fresh = [
        (delivery, outcome) for delivery, outcome in zip(deliveries, outcomes, strict=True) if outcome != "duplicate"
    ]
    if fresh:
        rows = [(delivery.delivery_id, delivery.event, outcome) for delivery, outcome in fresh]
        connection.execute(_ADD_DELIVERIES, (now(), json.dumps(rows)))
    pushes = [delivery.push for delivery, outcome in fresh if outcome == "accepted" and delivery.push]
    if pushes:
        connection.execute(_ADD_COMMITS, (json.dumps([commit_key(push) for push in pushes]),))
        _queue(connection, pushes)
    return outcomes


def commit_key(push: Push) -> str:
    """What a push is known by: it stands in the signed body, a delivery's id does not."""
    return f"{push.repository_id} {push.ref} {push.after}"


def _judge(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> list[Outcome]:
    ids = _found(connection, _IDS, [delivery.delivery_id for delivery in deliveries])
    keys = _found(connection, _COMMITS, [commit_key(delivery.push) for delivery in deliveries if delivery.push])
    outcomes: list[Outcome] = []
    for delivery in deliveries:
        outcomes.append(_outcome(delivery, ids, keys))
        ids.add(delivery.delivery_id)
        if outcomes[-1] == "accepted" and delivery.push:
            keys.add(commit_key(delivery.push))
    return outcomes


def _found(connection: sqlite3.Connection, query: str, values: list[str]) -> set[str]:
    return {value for (value,) in connection.execute(query, (json.dumps(values),))} if values else set()


def _outcome(delivery: Delivery, ids: set[str], keys: set[str]) -> Outcome:
    if delivery.delivery_id in ids:
        return "duplicate"
    if delivery.push is None:
        return "ignored"
    return "known" if commit_key(delivery.push) in keys else "accepted"


def _queue(connection: sqlite3.Connection, pushes: Sequence[Push]) -> None:
    """One job per commit; of each repository and ref only the newest waits, in the place of the one it supersedes."""
    (first,) = connection.execute(_NEXT).fetchone()
    waiting = {(number, ref): (job_id, place) for number, ref, job_id, place in connection.execute(_WAITING)}
    jobs, superseded = [], []
    for job_id, push in enumerate(pushes, start=first):
        older, place = waiting.get((push.repository_id, push.ref), (None, job_id))
        if older is not None:
            superseded.append((older, f"superseded by {push.after}"))
        jobs.append((job_id, push.repository_id, push.repository, push.ref, push.after, place))
        waiting[push.repository_id, push.ref] = (job_id, place)
    connection.execute(_ADD_JOBS, (now(), json.dumps(jobs)))
    if superseded:
        connection.execute(_SUPERSEDE, (now(), json.dumps(superseded)))
