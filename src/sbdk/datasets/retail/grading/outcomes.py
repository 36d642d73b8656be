"""Per record: where it should have ended, and where the warehouse has it."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from sbdk.datasets.retail.grading.streams import BUCKETS, SALES, GradedStream
from sbdk.datasets.retail.grading.roles import RetailTables
from sbdk.score.session import Workspace, truth

PLACES = ("kept", "returns", "late_sales", "held_sales", "facts", "quarantine")
"""What an outcome counts besides the buckets: rows of each table that have the record. kept: sales, or a history."""


def make_outcomes(work: Workspace, graded: RetailTables, stream: GradedStream) -> None:
    """`__score_outcome_<stream>`: a row per record (key, time), with counts.

    One per bucket: deliveries that belong there. in_…, one per place: rows there; in_loaded: rows in sales or, for
    returns, in either of the two tables. A row of the warehouse that no delivery explains has no buckets.
    """
    parts = [f"select key, time, bucket::varchar as place from {truth(f'records_{stream.name}')}"]
    for role, place in _roles(stream):
        if graded.has(role):
            parts.append(f"select {graded.identity(role, stream)}, 'in_{place}' from {graded.relation(role)}")
    quarantine = f"__score_quarantine_{stream.name}"
    parts.append(f"select key, time, 'in_quarantine' from {quarantine} where position is not null")
    counted = [f"count(*) filter (where place = '{name}') as {name}" for name in (*BUCKETS, *map(_in, PLACES))]
    work.make(
        f"outcome_{stream.name}",
        f"""select *, greatest(in_kept, in_returns) as in_loaded, {" + ".join(BUCKETS)} as emitted
        from (select key, time, {", ".join(counted)} from ({" union all ".join(parts)}) group by key, time)""",
    )


def _in(place: str) -> str:
    return f"in_{place}"


def _roles(stream: GradedStream) -> list[tuple[str, str]]:
    if stream is SALES:
        return [("sales", "kept"), *((place, place) for place in PLACES[1:-1])]
    return [(stream.name, "kept")]


def make_planted(work: Workspace, streams: tuple[GradedStream, ...]) -> None:
    """`__score_planted`: every planted defect with its record; one row per record and defect."""
    parts = [
        f"""select d."table", d.defect, d.position, d.bucket, d.clean_value, r.key, r.time
        from {truth("defects")} d join {truth(f"records_{stream.name}")} r using (position)
        where d."table" = '{stream.name}'"""
        for stream in streams
    ]
    work.make("planted", f'select distinct on ("table", defect, position) * from ({" union all ".join(parts)})')
