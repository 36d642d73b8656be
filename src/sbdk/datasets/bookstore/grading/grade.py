"""Grades a bookstore's warehouse against the answer key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
from duckdb import DuckDBPyConnection as Connection

from sbdk.datasets.bookstore.grading.totals import calendar, daily_sales
from sbdk.datasets.bookstore.grading.experiments import grade_experiments
from sbdk.datasets.bookstore.grading.scorecard import BookstoreCard
from sbdk.datasets.bookstore.grading.roles import BookstoreTables
from sbdk.score.session import Workspace
from sbdk.spec.score import ScoreSettings


def grade(
    connection: Connection, truth: Mapping[str, pa.Table], last_day: date, settings: ScoreSettings
) -> BookstoreCard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    truth: what the generator made up to and with last_day. campaign_events, sales and books as they were loaded;
    experiments: experiment_id, true_lift (relative), planned_share (of the treatment), sample_ratio_mismatch (planted).
    Raises ConfigError for roles that name no table or no column, and if nothing is there to be graded.
    """
    graded = BookstoreTables(connection, settings)
    with Workspace(connection, {name: truth[name] for name in ("sales", "books")}) as work:
        return BookstoreCard(
            experiments=grade_experiments(work, graded, truth["campaign_events"], truth["experiments"]),
            sales=daily_sales(work, graded),
            calendar=calendar(work, graded, last_day),
            notes=graded.notes,
        )
