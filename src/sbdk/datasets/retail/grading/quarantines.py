"""Which emitted record each row of a quarantine table is, and of what it is accused."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from sbdk.datasets.retail.grading.streams import GradedStream
from sbdk.datasets.retail.grading.roles import RetailTables
from sbdk.score.session import Workspace, text, truth
from sbdk.spec.dirt import NAMED

_DEFECTS = f"{'|'.join(NAMED)}|negative_.*|missing_.*"
_EMPTY = "select null::bigint as position, null::bigint as key, null::timestamp as time, null as bucket, null as claim"


def make_quarantine(work: Workspace, graded: RetailTables, stream: GradedStream) -> None:
    """`__score_quarantine_<stream>`: position, key, time, bucket (by the truth; null: no such record), claim."""
    role, emitted = f"quarantine_{stream.name}", truth(f"records_{stream.name}")
    sql = f"{_EMPTY} where false"
    if graded.has(role):
        sql = _matched(graded, role, stream, emitted)
    work.make(f"quarantine_{stream.name}", sql)


def _matched(graded: RetailTables, role: str, stream: GradedStream, emitted: str) -> str:
    """By position if the table has it, else by the record's text, else by key. The n-th of a kind is the n-th of it."""
    position, raw = graded.column(role, "source_position"), graded.column(role, "raw_record")
    if position:
        mine, theirs = f"try_cast({position} as bigint) as same", "position as same"
    elif raw:
        mine, theirs = f"trim({raw}::varchar, e' \\r\\n') as same", "trim(record, e' \\r\\n') as same"
    else:
        mine = f"(select (key, time) from (select {graded.identity(role, stream)})) as same"
        theirs = "(key, time) as same"
    return f"""
    with theirs as (
      select *, row_number() over (partition by same) as nth
      from (select {mine}, {_claim(graded, role)} as claim from {graded.relation(role)})
    ), emitted as (
      select *, row_number() over (partition by same order by position) as nth
      from (select position, key, time, bucket::varchar as bucket, {theirs} from {emitted}
            {"where record is not null" if raw and not position else ""})
    )
    select emitted.position, emitted.key, emitted.time, emitted.bucket, theirs.claim
    from theirs left join emitted using (same, nth)"""


def _claim(graded: RetailTables, role: str) -> str:
    """The defect that the row's rule stands for: as configured, else the rule's own name if that is a defect's."""
    rule = graded.column(role, "rule")
    if rule is None:
        return "null::varchar"
    named = " ".join(
        f"when {rule}::varchar = {text(name)} then {text(defect)}" for name, defect in graded.rules.items()
    )
    own = f"when regexp_full_match({rule}::varchar, {text(_DEFECTS)}) then {rule}::varchar"
    return f"case {named} {own} end"
