"""Grades a bookstore's warehouse against the rows generated before the clock of the build."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import pyarrow as pa

from sbdk.core.errors import SourceError
from sbdk.datasets.base import GradingRequest
from sbdk.datasets.bookstore.grading.compare import Comparison, TableDifference, compare, expected_table
from sbdk.datasets.bookstore.grading.expected.experiments import ab_test_lift_analysis
from sbdk.datasets.bookstore.grading.expected.raw import RawBookstore
from sbdk.datasets.bookstore.grading.experiments import ROLE, experiment_scores
from sbdk.datasets.bookstore.grading.findings import table_findings
from sbdk.datasets.bookstore.grading.results import TableScore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard, views
from sbdk.datasets.bookstore.grading.tables import TABLES, BookstoreTables, TableSpec
from sbdk.score.card import ScoredWarehouse
from sbdk.score.finding import Finding
from sbdk.score.session import ScoreSession
from sbdk.spec.data_set_sections import ScoreSettings
from sbdk.synth.table import Table
from sbdk.targets.sessions import AnyConnection, as_connection

RAW = ("publishers", "books", "sales", "inventory", "campaign_events")


class BookstoreGrader:
    """Grades against the rows generated before the clock of the build, and the true effects of experiments."""

    def __init__(self, tables: Mapping[str, Table], start: datetime, anchor: datetime, experiments: pa.Table) -> None:
        """tables: clean. start: of the data. experiments: what is true of each."""
        self._tables, self._start, self._anchor, self._experiments = tables, start, anchor, experiments

    def grade(self, request: GradingRequest) -> ScoredWarehouse:
        """Against the rows before the clock of what was published; of another file, before the same, else the anchor.

        Raises ConfigError for a wrong mapping; SourceError if the published data were made by another seed or volume.
        """
        _check_fingerprints(request)
        clock = request.clock or self._anchor
        rows = {name: _rows(self._tables[name], clock) for name in RAW}
        raw = raw_bookstore(rows, self._start.date(), clock, self._experiments)
        card = grade(request.connection, raw, self._experiments, request.settings)
        return ScoredWarehouse(card, views(card), {name: rows[name].num_rows for name in RAW})


def _check_fingerprints(request: GradingRequest) -> None:
    """SourceError if the published rows are other ones: then the truth is not theirs."""
    for table in RAW:
        if request.fingerprints.get(table) not in (None, request.tables[table].fingerprint):
            raise SourceError(
                f"what was published of {table} was made by another seed, volume or range",
                hint="`sbdk dev --full-refresh`, or the configuration that it was made with",
            )


def _rows(table: Table, clock: datetime) -> pa.Table:
    return pa.Table.from_batches(list(table.batches(clock=clock)), table.schema)


def raw_bookstore(rows: Mapping[str, pa.Table], start: date, clock: datetime, experiments: pa.Table) -> RawBookstore:
    """rows: the five raw tables before the clock. experiments: experiment_id and planned_share of each."""
    planned = {row["experiment_id"]: row["planned_share"] for row in experiments.to_pylist()}
    return RawBookstore(**{name: rows[name] for name in RAW}, start=start, clock=clock, planned=planned)


def grade(
    connection: AnyConnection, raw: RawBookstore, experiments: pa.Table, settings: ScoreSettings
) -> BookstoreScorecard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    raw: what the generator made. experiments: experiment_id, true_lift (relative), planned_share (of the treatment),
    sample_ratio_mismatch (planted). Raises ConfigError for roles that name no table or no column, and if nothing is
    there to be graded.
    """
    warehouse = as_connection(connection)
    graded = BookstoreTables(warehouse, settings)
    with ScoreSession(warehouse, {}) as session:
        differences = {spec.role: _difference(session, graded, raw, spec) for spec in TABLES if graded.has(spec.role)}
        right = ab_test_lift_analysis(raw)
        return BookstoreScorecard(
            experiments=experiment_scores(session, graded, differences.get(ROLE), right, experiments),
            tables=[_score(session, graded, spec, differences.get(spec.role)) for spec in TABLES],
            notes=graded.notes,
        )


def _difference(
    session: ScoreSession, graded: BookstoreTables, raw: RawBookstore, spec: TableSpec
) -> TableDifference | None:
    """None if the template's table has not all columns of the key."""
    if not graded.is_mapped(spec.role) and _lost_keys(graded, spec):
        return None
    for name in spec.key:
        graded.require_column(spec.role, name)
    expected, rules = expected_table(session, spec, spec.make(raw))
    cells = [name for name in rules if name not in spec.key]
    found = tuple(name for name in cells if graded.column(spec.role, name))
    absent = tuple(name for name in cells if name not in found)
    return compare(session, graded, Comparison(spec, expected, rules, found, absent))


def _lost_keys(graded: BookstoreTables, spec: TableSpec) -> list[str]:
    return [name for name in spec.key if graded.column(spec.role, name) is None]


def _score(
    session: ScoreSession, graded: BookstoreTables, spec: TableSpec, difference: TableDifference | None
) -> TableScore:
    role = spec.role
    if difference is None:
        if graded.has(role):
            why = "the table has no such column, and without it no row can be compared"
            return TableScore(role, spec.worth, findings=(Finding(spec.worth, role, why, _lost_keys(graded, spec)[0]),))
        if graded.is_missing(role):
            return TableScore(role, spec.worth, findings=(Finding(spec.worth, role, f"no table {graded.roles[role]}"),))
        return TableScore(role, spec.worth, is_graded=False)
    comparison = difference.comparison
    columns = len(comparison.graded) + len(comparison.absent)
    mapped = graded.is_mapped(role)
    return TableScore(
        role,
        spec.worth,
        covered=len(comparison.graded) / columns if mapped else 1.0,
        rows=difference.rows,
        wrong=difference.wrong_rows,
        findings=tuple(table_findings(session, difference, columns_needed=not mapped)),
        absent=comparison.absent if mapped else (),
    )
