"""The conservation law, leakage into gold, and sound records in quarantine."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from sbdk.datasets.retail.grading.results import Balance
from sbdk.datasets.retail.grading.roles import STREAMS, GradedStream, RetailTables
from sbdk.score.session import ScoreSession
from sbdk.synth.answer_key.classify import BUCKETS

_THERE = "in_loaded + in_late_sales + in_held_sales + in_quarantine"


def balance(session: ScoreSession, stream: GradedStream) -> Balance:
    """Received records by the bucket that they are in.

    Of several deliveries of a record, those that left no row count as duplicates as long as one is there.
    """
    expected = [f"sum({name})" for name in BUCKETS]
    dropped = f"greatest(least(emitted - ({_THERE}), emitted - 1), 0)"
    row = session.row(
        f"""select {", ".join(expected)}, sum(in_loaded), sum(in_quarantine), sum({dropped}),
          sum(in_late_sales), sum(in_held_sales), sum(emitted),
          sum(greatest(emitted - ({_THERE}) - {dropped}, 0)), sum(greatest({_THERE} - emitted, 0))
        from __score_outcome_{stream.name}"""
    )
    counts = [int(value or 0) for value in row]
    received, lost, extra = counts[10:]
    unexplained = session.row(f"select count(*) from __score_quarantine_{stream.name} where position is null")[0]
    found = dict(zip(BUCKETS, counts[5:10], strict=True))
    found["quarantined"] += unexplained
    expectations = dict(zip(BUCKETS, counts[:5], strict=True))
    return Balance(stream.name, received, found, expectations, lost, extra + unexplained)


def leakage(session: ScoreSession, graded: RetailTables) -> tuple[dict[str, int], int]:
    """(rows of sales in gold that should not be there, by where they belong; received sales that are not for gold)."""
    gold = "in_facts" if graded.has("facts") else "in_loaded"
    belongs = " ".join(f"when {name} > 0 then '{name}'" for name in ("quarantined", "late", "held", "duplicate"))
    leaked = session.rows(
        f"""select case when emitted = 0 then 'nowhere' {belongs} else 'once' end, sum({gold} - least(loaded, 1))
        from __score_outcome_sales where {gold} > least(loaded, 1) group by 1 order by 2 desc, 1"""
    )
    unfit = session.row("select coalesce(sum(emitted - loaded), 0) from __score_outcome_sales")[0]
    return {name: int(rows) for name, rows in leaked}, int(unfit)


def false_quarantine(session: ScoreSession) -> tuple[int, int]:
    """(rows in quarantine that are no record to be quarantined, all rows in quarantine)."""
    parts = [f"select bucket from __score_quarantine_{stream.name}" for stream in STREAMS]
    row = session.row(
        "select count(*) filter (where bucket is distinct from 'quarantined'), count(*) "
        f"from ({' union all '.join(parts)})"
    )
    return int(row[0]), int(row[1])
