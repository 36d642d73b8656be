"""Grades a retail warehouse against the answer key, and describes the card for a reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from sbdk.core.errors import UsageError
from sbdk.datasets.base import GradingRequest
from sbdk.datasets.retail.grading.asked_tables import ASKED
from sbdk.datasets.retail.grading.defects import grade_defects
from sbdk.datasets.retail.grading.expected import create_expected
from sbdk.datasets.retail.grading.inputs import received_records, truth_tables
from sbdk.datasets.retail.grading.outcomes import (
    balance,
    claims,
    false_quarantine,
    leakage,
    make_outcomes,
    make_planted,
    make_quarantine,
)
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, first_wrong_words
from sbdk.datasets.retail.grading.roles import DIMENSIONS, STREAMS, Coverage, GradedStream, RetailTables, coverage
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.datasets.retail.grading.table_diff import TableDiff, compared, differences
from sbdk.datasets.retail.grading.table_findings import capped, table_findings, table_score
from sbdk.score.card import Bar, BarsView, Cell, Column, ScoredWarehouse, Share, TableView, View
from sbdk.score.finding import Finding
from sbdk.score.session import ScoreSession
from sbdk.spec.data_set_sections import ScoreSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.streams.landing import CLAIM, claim_landing
from sbdk.targets.sessions import AnyConnection, as_connection


class RetailGrader:
    """Grades against the truth of what was received: the landing files that the published build has read; of another
    database, those that lie in the landing folder. What the pipeline says of it does not count."""

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
        received = received_records(request.landing, request.landed)
        if not any(received.values()):
            raise UsageError(
                "nothing was received, so there is nothing to grade", hint="run `sbdk dev`, or `sbdk stream`"
            )
        card = grade(request.connection, truth_tables(self._retail, dirt, received, request.landing), tables)
        return ScoredWarehouse(card, views(card), received)


def grade(
    connection: AnyConnection, truth: Mapping[str, pa.Table], roles: ScoreSettings | RetailTables
) -> RetailScorecard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    truth: the answer key for exactly the records that were received.
      records_<stream>: position, key (int64), time (of sales 1970-01-01), bucket, record (its text; null but for those
      that belong in quarantine) of every delivery; defects: as `sbdk.synth.answer_key.defects`, of all streams;
      history_<dimension>: as `scd2`; sales, files: as `inputs.truth_tables` makes them; expected_<role>: as
      `expected_tables` makes them, if they are to be used more than once.
    Raises ConfigError for roles that name no table or no key, and if nothing is there to be graded.
    """
    warehouse = as_connection(connection)
    graded = roles if isinstance(roles, RetailTables) else RetailTables(warehouse, roles)
    with ScoreSession(warehouse, truth) as session:
        make_planted(session, STREAMS)
        for stream in STREAMS:
            make_quarantine(session, graded, stream)
            make_outcomes(session, graded, stream)
        covered = coverage(graded)
        rows = _expected(session, truth)
        diffs = _differences(session, graded, rows)
        leaked, unfit = leakage(session, graded)
        false, quarantined = false_quarantine(session)
        wrong_versions = {stream.name: diffs[stream.name].pairs for stream in DIMENSIONS if stream.name in diffs}
        return RetailScorecard(
            tables=_findings(session, graded, diffs, covered),
            defects=grade_defects(session, graded, wrong_versions),
            leaked=leaked,
            unfit=unfit,
            false_quarantine=false,
            quarantined=quarantined,
            scd2=[
                table_score(session, role, diffs.get(role), rows[role]) for role in _HISTORIES if graded.is_asked(role)
            ],
            windows=_table_score(session, graded, diffs, rows, "windows"),
            conservation=[balance(session, stream) for stream in STREAMS if _is_balanced(graded, stream)],
            covered=covered.percent,
            not_covered=covered.uncovered,
            notes=_notes(covered),
        )


def _table_score(
    session: ScoreSession, graded: RetailTables, diffs: Mapping[str, TableDiff], rows: Mapping[str, int], role: str
) -> TableScore | None:
    return table_score(session, role, diffs.get(role), rows[role]) if graded.is_asked(role) else None


_HISTORIES = (*(stream.name for stream in DIMENSIONS), *(f"{stream.name}_current" for stream in DIMENSIONS))
_SALES = ("sales", "returns", "late_sales", "held_sales")


def _expected(session: ScoreSession, truth: Mapping[str, pa.Table]) -> dict[str, int]:
    """The number of right rows by role, whose tables are in the session then."""
    given = {asked.role: truth.get(f"expected_{asked.role}") for asked in ASKED}
    known = {role: table.num_rows for role, table in given.items() if table is not None}
    return known if len(known) == len(given) else create_expected(session)


def _differences(session: ScoreSession, graded: RetailTables, rows: Mapping[str, int]) -> dict[str, TableDiff]:
    """By role, of every table that is there."""
    claimed = {f"quarantine_{stream.name}": claims(session, graded, stream) for stream in STREAMS}
    return {
        asked.role: differences(
            session,
            compared(graded, asked, claimed.get(asked.role, "")),
            rows[asked.role],
        )
        for asked in ASKED
        if graded.has(asked.role)
    }


def _findings(
    session: ScoreSession, graded: RetailTables, diffs: Mapping[str, TableDiff], covered: Coverage
) -> dict[str, list[Finding]]:
    """By role that is graded; together they cost no more than the table is worth."""
    found = {}
    for asked in ASKED:
        if graded.is_asked(asked.role):
            faults = list(covered.faults.get(asked.role, ()))
            if asked.role in diffs:
                faults += table_findings(session, graded, diffs[asked.role], diffs.get("facts"))
            found[asked.role] = capped(faults, asked.worth)
    return found


def _is_balanced(graded: RetailTables, stream: GradedStream) -> bool:
    """Are all places where its records may be graded?"""
    places = (stream.name,) if stream.is_dimension else _SALES
    return all(graded.is_asked(role) for role in (*places, f"quarantine_{stream.name}"))


def _notes(covered: Coverage) -> list[str]:
    """What is not graded, in one line: tables by their role, and of others the number of columns."""
    tables = [name for name in covered.uncovered if "." not in name]
    columns = Counter(name.split(".")[0] for name in covered.uncovered if "." in name)
    lacking = [f"{number} of {role}" for role, number in columns.items()]
    parts = [
        *([f"tables: {', '.join(tables)}"] if tables else []),
        *([f"columns: {', '.join(lacking)}"] if lacking else []),
    ]
    return [f"not graded, since there is none ({'; '.join(parts)}); --json names them"] if parts else []


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
