"""How much is kept, so that the file does not grow for ever: about 100 MB at the limits.

A commit that is forgotten (after 200,000 newer ones) may be delivered again and makes a job, but that job is skipped:
what the branch has gone beyond is not built.
"""

from __future__ import annotations

import sqlite3

KEEP = {"deliveries": 200_000, "commits": 200_000, "usage": 200_000}
KEEP_JOBS = 10_000
EVERY = 1_000  # changes between two looks

_OLD_JOBS = """
    DELETE FROM jobs WHERE status NOT IN ('queued', 'interrupted', 'running')
    AND id <= (SELECT max(id) FROM jobs) - ?
    AND id NOT IN (SELECT max(id) FROM jobs WHERE status = 'built' GROUP BY repository_id, ref)"""


def forget(connection: sqlite3.Connection) -> None:
    """Drop the oldest rows beyond the limits; never a job that is to run, nor the last one built of a ref."""
    for table, keep in KEEP.items():
        connection.execute(f"DELETE FROM {table} WHERE n <= (SELECT max(n) FROM {table}) - ?", (keep,))  # noqa: S608
    connection.execute(_OLD_JOBS, (KEEP_JOBS,))
