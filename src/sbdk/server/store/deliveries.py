"""Stores many deliveries in one transaction, with a fixed number of statements.

Each SQLite statement releases the interpreter's lock and must win it back from a busy event loop; a statement per
delivery would wait more than it works. So the rows are passed as one JSON text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sbdk.server.store.database import TO_DO
from sbdk.server.store.records import Delivery, DeliveryOutcome, Push, timestamp

KNOWN = f"""
    SELECT (SELECT json_group_array(id) FROM deliveries WHERE id IN (SELECT value FROM json_each(?))),
        (SELECT json_group_array(key) FROM commits WHERE key IN (SELECT value FROM json_each(?))),
        (SELECT json_group_array(json_array(repository_id, ref, id, place)) FROM jobs
            WHERE {TO_DO} AND status = 'queued'),
        (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'jobs')"""  # noqa: S608
_ADD_DELIVERIES = """
    INSERT INTO deliveries (id, received, event, outcome)
    SELECT value ->> 0, ?, value ->> 1, value ->> 2 FROM json_each(?) ORDER BY key"""
_ADD_COMMITS = "INSERT INTO commits (key) SELECT value FROM json_each(?) ORDER BY key"
_SUPERSEDE = """
    UPDATE jobs SET status = 'superseded', finished = ?, place = NULL, error = news.error
    FROM (SELECT value ->> 0 AS id, value ->> 1 AS error FROM json_each(?)) AS news WHERE jobs.id = news.id"""
_ADD_JOBS = """
    INSERT INTO jobs (id, repository_id, repository, ref, "commit", status, accepted, place)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'queued', ?, value ->> 5
    FROM json_each(?) ORDER BY key"""


def accept(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> list[DeliveryOutcome]:
    """Store the deliveries and return the outcome of each, in order. The caller commits."""
    known = _known(connection, deliveries)
    outcomes = _classify(deliveries, known)
    new = [
        (delivery, outcome) for delivery, outcome in zip(deliveries, outcomes, strict=True) if outcome != "duplicate"
    ]
    if new:
        rows = [(delivery.delivery_id, delivery.event, outcome) for delivery, outcome in new]
        connection.execute(_ADD_DELIVERIES, (timestamp(), json.dumps(rows)))
    pushes = [delivery.push for delivery, outcome in new if outcome == "accepted" and delivery.push]
    if pushes:
        connection.execute(_ADD_COMMITS, (json.dumps([commit_key(push) for push in pushes]),))
        _queue(connection, pushes, known)
    return outcomes


def commit_key(push: Push) -> str:
    """The identity of a push, from the signed body; a delivery's id is not signed."""
    return f"{push.repository_id} {push.ref} {push.after}"


@dataclass
class _Recorded:
    """What the store holds of a batch: its known ids and commits, the queued job of each ref, the next job id."""

    ids: set[str]
    keys: set[str]
    waiting: dict[tuple[int, str], tuple[int, int]]
    next_job: int


def _known(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> _Recorded:
    ids = json.dumps([delivery.delivery_id for delivery in deliveries])
    keys = json.dumps([commit_key(delivery.push) for delivery in deliveries if delivery.push])
    *texts, next_job = connection.execute(KNOWN, (ids, keys)).fetchone()
    known_ids, known_keys, waiting = map(json.loads, texts)
    places = {(number, ref): (job_id, place) for number, ref, job_id, place in waiting}
    return _Recorded(set(known_ids), set(known_keys), places, next_job)


def _classify(deliveries: Sequence[Delivery], known: _Recorded) -> list[DeliveryOutcome]:
    outcomes: list[DeliveryOutcome] = []
    for delivery in deliveries:
        outcomes.append(_outcome(delivery, known))
        known.ids.add(delivery.delivery_id)
        if outcomes[-1] == "accepted" and delivery.push:
            known.keys.add(commit_key(delivery.push))
    return outcomes


def _outcome(delivery: Delivery, known: _Recorded) -> DeliveryOutcome:
    if delivery.delivery_id in known.ids:
        return "duplicate"
    if delivery.push is None:
        return "ignored"
    return "known" if commit_key(delivery.push) in known.keys else "accepted"


def _queue(connection: sqlite3.Connection, pushes: Sequence[Push], known: _Recorded) -> None:
    """One job per commit; of each repository and ref only the newest waits, in the place of the one it supersedes."""
    jobs, superseded = [], []
    for job_id, push in enumerate(pushes, start=known.next_job):
        older, place = known.waiting.get((push.repository_id, push.ref), (None, job_id))
        if older is not None:
            superseded.append((older, f"superseded by {push.after}"))
        jobs.append((job_id, push.repository_id, push.repository, push.ref, push.after, place))
        known.waiting[push.repository_id, push.ref] = (job_id, place)
    connection.execute(_ADD_JOBS, (timestamp(), json.dumps(jobs)))
    if superseded:
        connection.execute(_SUPERSEDE, (timestamp(), json.dumps(superseded)))
