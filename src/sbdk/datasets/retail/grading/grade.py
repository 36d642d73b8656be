"""Grades a warehouse against the answer key."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from duckdb import DuckDBPyConnection as Connection

from sbdk.datasets.retail.grading.balance import balance, false_quarantine, leakage
from sbdk.datasets.retail.grading.defects import grade_defects
from sbdk.datasets.retail.grading.table_diff import Comparison, current, differences, history, windows
from sbdk.datasets.retail.grading.results import TableScore, WindowScore
from sbdk.datasets.retail.grading.outcomes import make_outcomes, make_planted
from sbdk.datasets.retail.grading.quarantines import make_quarantine
from sbdk.datasets.retail.grading.scorecard import Scorecard
from sbdk.datasets.retail.grading.streams import DIMENSIONS, STREAMS
from sbdk.datasets.retail.grading.roles import RetailTables
from sbdk.score.session import Workspace
from sbdk.spec.score import ScoreSettings


def grade(connection: Connection, truth: Mapping[str, pa.Table], roles: ScoreSettings | RetailTables) -> Scorecard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    truth: the answer key for exactly the records that were received.
      records_<stream>: position, key (int64), time (of sales 1970-01-01), bucket, record (its text; null but for those
      that belong in quarantine) of every delivery; defects: as `sbdk.synth.answer_key.defects`, of all streams;
      history_<dimension>: as `scd2`; windows: as `windows`.
    Raises ConfigError for roles that name no table or no column, and if nothing is there to be graded.
    """
    graded = roles if isinstance(roles, RetailTables) else RetailTables(connection, roles)
    with Workspace(connection, truth) as work:
        make_planted(work, STREAMS)
        for stream in STREAMS:
            make_quarantine(work, graded, stream)
            make_outcomes(work, graded, stream)
        histories = _histories(work, graded)
        leaked, unfit = leakage(work, graded)
        false, quarantined = false_quarantine(work)
        return Scorecard(
            defects=grade_defects(work, graded),
            leaked=leaked,
            unfit=unfit,
            false_quarantine=false,
            quarantined=quarantined,
            scd2=histories,
            windows=_windows(work, graded),
            conservation=[balance(work, stream) for stream in STREAMS],
            notes=graded.notes,
        )


def _histories(work: Workspace, graded: RetailTables) -> list[TableScore]:
    """The dimensions, and their current views where there are any."""
    compared: list[Comparison] = [history(graded, work, stream) for stream in DIMENSIONS]
    compared += [current(graded, work, stream) for stream in DIMENSIONS if graded.has(f"{stream.name}_current")]
    return [TableScore(what.role, *differences(work, graded, what)) for what in compared]


def _windows(work: Workspace, graded: RetailTables) -> WindowScore | None:
    if graded.left_out("windows"):
        return None
    return WindowScore("windows", *differences(work, graded, windows(graded, work)))
