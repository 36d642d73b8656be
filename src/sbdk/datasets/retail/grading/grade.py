"""Grades a warehouse against the answer key."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from duckdb import DuckDBPyConnection as Connection

from sbdk.quality.score.retail.balances import balance, false_quarantine, leakage
from sbdk.quality.score.retail.defects import grade_defects
from sbdk.quality.score.retail.differences import Comparison, current, differences, history, windows
from sbdk.quality.score.retail.marks import TableScore, WindowScore
from sbdk.quality.score.retail.outcomes import make_outcomes, make_planted
from sbdk.quality.score.retail.quarantines import make_quarantine
from sbdk.quality.score.retail.scorecard import Scorecard
from sbdk.quality.score.retail.streams import DIMENSIONS, STREAMS
from sbdk.quality.score.retail.tables import RetailTables
from sbdk.quality.score.workspace import Workspace
from sbdk.spec.score import ScoreSettings


def grade(connection: Connection, truth: Mapping[str, pa.Table], roles: ScoreSettings | RetailTables) -> Scorecard:
    """Grade the tables of the connection's current database, which may be read-only; nothing of it is changed.

    truth: the answer key for exactly the records that were received.
      records_<stream>: position, key (int64), time (of sales 1970-01-01), bucket, record (its text; null but for those
      that belong in quarantine) of every delivery; defects: as `sbdk.synth.truth.defects`, of all streams;
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
