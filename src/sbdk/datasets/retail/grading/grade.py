"""Grades a retail warehouse against the answer key, and describes the card for a reader."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from sbdk.core.errors import UsageError
from sbdk.datasets.base import GradingRequest
from sbdk.datasets.retail.grading.balance import balance, false_quarantine, leakage
from sbdk.datasets.retail.grading.defects import grade_defects
from sbdk.datasets.retail.grading.inputs import received_records, truth_tables
from sbdk.datasets.retail.grading.outcomes import make_outcomes, make_planted, make_quarantine
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, WindowScore, first_wrong_words
from sbdk.datasets.retail.grading.roles import DIMENSIONS, STREAMS, RetailTables
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.datasets.retail.grading.table_diff import Comparison, current, differences, history, windows
from sbdk.score.card import Bar, BarsView, Cell, Column, ScoredWarehouse, Share, TableView, View
from sbdk.score.session import ScoreSession
from sbdk.spec.score import ScoreSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.streams.landing import CLAIM, claim_landing
from sbdk.targets.sessions import AnyConnection, as_connection


class RetailGrader:
    """Grades against the truth of what was received: by stream, the highest position in its bronze table, else what
    the landing folder holds."""

    def __init__(self, retail: Emitter) -> None:
        self._retail = retail

    def grade(self, request: GradingRequest) -> ScoredWarehouse:
        """Raises UsageError where nothing was received; ConfigError for a wrong mapping; SourceError if the
        configuration has changed since, so that its truth is about other records."""
        rates = {table: rates for table, rates in request.rates.items() if table in self._retail.tables}
        dirt = dirt_of(self._retail, request.seed, rates)
        if (request.landing / CLAIM).exists():
            claim_landing(self._retail, request.seed, dirt.rates, request.landing)
        tables = RetailTables(request.connection, request.settings)
        received = received_records(request.connection, tables, request.landing)
        if not any(received.values()):
            raise UsageError(
                "nothing was received, so there is nothing to grade", hint="run `sbdk dev`, or `sbdk stream`"
            )
        card = grade(request.connection, truth_tables(self._retail, dirt, received), tables)
        return ScoredWarehouse(card, views(card), received)


def grade(
    connection: AnyConnection, truth: Mapping[str, pa.Table], roles: ScoreSettings | RetailTables
) -> RetailScorecard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    truth: the answer key for exactly the records that were received.
      records_<stream>: position, key (int64), time (of sales 1970-01-01), bucket, record (its text; null but for those
      that belong in quarantine) of every delivery; defects: as `sbdk.synth.answer_key.defects`, of all streams;
      history_<dimension>: as `scd2`; windows: as `windows`.
    Raises ConfigError for roles that name no table or no column, and if nothing is there to be graded.
    """
    warehouse = as_connection(connection)
    graded = roles if isinstance(roles, RetailTables) else RetailTables(warehouse, roles)
    with ScoreSession(warehouse, truth) as session:
        make_planted(session, STREAMS)
        for stream in STREAMS:
            make_quarantine(session, graded, stream)
            make_outcomes(session, graded, stream)
        histories = _histories(session, graded)
        leaked, unfit = leakage(session, graded)
        false, quarantined = false_quarantine(session)
        return RetailScorecard(
            defects=grade_defects(session, graded),
            leaked=leaked,
            unfit=unfit,
            false_quarantine=false,
            quarantined=quarantined,
            scd2=histories,
            windows=_windows(session, graded),
            conservation=[balance(session, stream) for stream in STREAMS],
            notes=graded.notes,
        )


def _histories(session: ScoreSession, graded: RetailTables) -> list[TableScore]:
    """The dimensions, and their current views where there are any."""
    compared: list[Comparison] = [history(graded, session, stream) for stream in DIMENSIONS]
    compared += [current(graded, session, stream) for stream in DIMENSIONS if graded.has(f"{stream.name}_current")]
    return [TableScore(comparison.role, *differences(session, graded, comparison)) for comparison in compared]


def _windows(session: ScoreSession, graded: RetailTables) -> WindowScore | None:
    if graded.is_excluded("windows"):
        return None
    return WindowScore("windows", *differences(session, graded, windows(graded, session)))


_DEFECTS = (
    Column("table", shown="terminal"),
    Column("defect", "Defect", kind="name", shown="terminal"),
    Column("defect", "Defect", kind="name", shown="page"),
    Column("planted", "Planted"),
    Column("found", "Found"),
    Column("precision", "Precision"),
    Column("recall", "Recall"),
    Column("F1"),
    Column("repaired", "Repaired"),
)
_TABLES = (
    Column("Table", kind="name"),
    Column("Expected"),
    Column("Wrong"),
    Column("Right"),
    Column("The first wrong one", kind="text"),
)


def views(card: RetailScorecard) -> list[View]:
    """Defects by table, histories and windows, and where the records are."""
    histories = [*card.scd2, *([card.windows] if card.windows else [])]
    return [
        TableView("Planted defects", _DEFECTS, [_defect(score) for score in card.defects], grouped=True),
        TableView("Histories and windows", _TABLES, [_history(score) for score in histories], shown="page"),
        BarsView("Where the records are", [_bar(score) for score in card.conservation]),
    ]


def _defect(score: DefectScore) -> list[Cell]:
    repaired = None if score.repair_accuracy is None else Share(score.repair_accuracy, meter=True)
    shares = [Share(score.precision), Share(score.recall), Share(score.f1, meter=True)]
    return [score.table, score.defect, score.defect.replace("_", " "), score.planted, score.found, *shares, repaired]


def _history(score: TableScore) -> list[Cell]:
    first = first_wrong_words(score).removeprefix("the first: ") if score.wrong else ""
    return [score.table.replace("_", " "), score.expected, score.wrong, Share(score.right, meter=True), first]


def _bar(score: Balance) -> Bar:
    return Bar(score.table, score.received, score.found, score.lost, score.extra)
