"""Grades a bookstore's warehouse against the rows generated before the clock of the build."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pyarrow as pa

from sbdk.core.errors import SourceError
from sbdk.datasets.base import GradingRequest
from sbdk.datasets.bookstore.grading.experiments import grade_experiments
from sbdk.datasets.bookstore.grading.present import views
from sbdk.datasets.bookstore.grading.roles import BookstoreTables
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard
from sbdk.datasets.bookstore.grading.totals import daily_sales, feature_coverage
from sbdk.score.card import ScoredWarehouse
from sbdk.score.session import ScoreSession
from sbdk.spec.score import ScoreSettings
from sbdk.synth.table import Table
from sbdk.targets.sessions import AnyConnection, as_connection

COLUMNS = {
    "books": ("book_id", "created_at"),
    "sales": ("book_id", "sale_date", "quantity", "total_amount"),
    "campaign_events": ("experiment_id", "treatment_group", "impressions", "clicks", "spend", "campaign_date"),
}


class BookstoreGrader:
    """Grades against the rows generated before the clock of the build, and the true effects of experiments."""

    def __init__(self, tables: Mapping[str, Table], anchor: datetime, experiments: pa.Table) -> None:
        """tables: clean. experiments: what is true of each."""
        self._tables, self._anchor, self._experiments = tables, anchor, experiments

    def grade(self, request: GradingRequest) -> ScoredWarehouse:
        """Against the rows before the clock of what was published; of another file, before the same, else the anchor.

        Raises ConfigError for a wrong mapping; SourceError if the published data were made by another seed or volume.
        """
        _check_fingerprints(request)
        clock = request.clock or self._anchor
        truth = {name: _rows(self._tables[name], columns, clock) for name, columns in COLUMNS.items()}
        truth["experiments"] = self._experiments
        last_day = (clock - timedelta(microseconds=1)).date()
        card = grade(request.connection, truth, last_day, request.settings)
        return ScoredWarehouse(card, views(card), {name: truth[name].num_rows for name in COLUMNS})


def _check_fingerprints(request: GradingRequest) -> None:
    """SourceError if the published rows are other ones: then the truth is not theirs."""
    for table in COLUMNS:
        if request.fingerprints.get(table) not in (None, request.tables[table].fingerprint):
            raise SourceError(
                f"what was published of {table} was made by another seed, volume or range",
                hint="`sbdk dev --full-refresh`, or the configuration that it was made with",
            )


def _rows(table: Table, columns: tuple[str, ...], clock: datetime) -> pa.Table:
    batches = [batch.select(list(columns)) for batch in table.batches(clock=clock)]
    schema = pa.schema([table.schema.field(name) for name in columns])
    return pa.Table.from_batches(batches, schema)


def grade(
    connection: AnyConnection, truth: Mapping[str, pa.Table], last_day: date, settings: ScoreSettings
) -> BookstoreScorecard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    truth: what the generator made up to and with last_day. campaign_events, sales and books as they were loaded;
    experiments: experiment_id, true_lift (relative), planned_share (of the treatment), sample_ratio_mismatch (planted).
    Raises ConfigError for roles that name no table or no column, and if nothing is there to be graded.
    """
    warehouse = as_connection(connection)
    graded = BookstoreTables(warehouse, settings)
    with ScoreSession(warehouse, {name: truth[name] for name in ("sales", "books")}) as session:
        return BookstoreScorecard(
            experiments=grade_experiments(session, graded, truth["campaign_events"], truth["experiments"]),
            sales=daily_sales(session, graded),
            calendar=feature_coverage(session, graded, last_day),
            notes=graded.notes,
        )
