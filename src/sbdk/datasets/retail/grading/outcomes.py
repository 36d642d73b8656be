"""Per record: the expected bucket, and the tables of the warehouse that hold it; and the balance of all records."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from sbdk.core.sql import literal
from sbdk.datasets.retail.grading.results import Balance
from sbdk.datasets.retail.grading.roles import SALES, STREAMS, GradedStream, RetailTables
from sbdk.score.session import ScoreSession, truth
from sbdk.spec.config_sections import NAMED_DEFECTS
from sbdk.synth.answer_key.classify import BUCKETS

_DEFECTS = f"{'|'.join(NAMED_DEFECTS)}|negative_.*|missing_.*"
_EMPTY = """select null::bigint as position, null::bigint as key, null::timestamp as time, null as bucket,
  null::varchar as claim, null::varchar as rule"""


def make_quarantine(session: ScoreSession, graded: RetailTables, stream: GradedStream) -> None:
    """`__score_quarantine_<stream>`: position, key, time, bucket (by the truth; null: no such record), claim, rule."""
    role, emitted = f"quarantine_{stream.name}", truth(f"records_{stream.name}")
    sql = f"{_EMPTY} where false"
    if graded.has(role):
        sql = _matched(graded, role, stream, emitted)
    session.create(f"quarantine_{stream.name}", sql)


def _matched(graded: RetailTables, role: str, stream: GradedStream, emitted: str) -> str:
    """By position if the table has it, else by the record's text, else by key. The n-th of a kind is the n-th of it."""
    position, raw = graded.column(role, "source_position"), graded.column(role, "raw_record")
    if position:
        found_match, emitted_match = f"try_cast({position} as bigint) as same", "position as same"
    elif raw:
        found_match, emitted_match = f"trim({raw}::varchar, e' \\r\\n') as same", "trim(record, e' \\r\\n') as same"
    else:
        found_match = f"(select (key, time) from (select {graded.identity(role, stream)})) as same"
        emitted_match = "(key, time) as same"
    return f"""
    with theirs as (
      select *, row_number() over (partition by same) as nth
      from (
        select {found_match}, {_claim(graded, role)} as claim, {_rule(graded, role)} as rule
        from {graded.relation(role)}
      )
    ), emitted as (
      select *, row_number() over (partition by same order by position) as nth
      from (select position, key, time, bucket::varchar as bucket, {emitted_match} from {emitted}
            {"where record is not null" if raw and not position else ""})
    )
    select emitted.position, emitted.key, emitted.time, emitted.bucket, theirs.claim, theirs.rule
    from theirs left join emitted using (same, nth)"""


def _rule(graded: RetailTables, role: str) -> str:
    rule = graded.column(role, "rule")
    return f"{rule}::varchar" if rule else "null::varchar"


def claims(session: ScoreSession, graded: RetailTables, stream: GradedStream) -> str:
    """SQL of the defect that a row of the stream's quarantine claims, by its column `rule`.

    As `claim` of `make_quarantine`; else the rule's text, which is no defect. In a table of the user's own, a rule
    without a configured meaning stands for the defect that all its records have in common.
    """
    role = f"quarantine_{stream.name}"
    if not graded.has(role):
        return ""
    meanings: dict[str, set[str]] = {}
    if graded.is_mapped(role):
        found = session.rows(
            f"""select distinct q.rule, e.rule from __score_quarantine_{stream.name} q
            join {truth(f"expected_{role}")} e on q.position = e.source_position
            where q.claim is null and q.rule is not null order by all"""
        )
        for rule, defects in found:
            common = set(defects.strip("|").split("|"))
            meanings[rule] = meanings.get(rule, common) & common
    text = _rule(graded, role)
    named = " ".join(
        f"when {text} = {literal(rule)} then {literal(min(defects))}" for rule, defects in meanings.items() if defects
    )
    known = f"coalesce({_claim(graded, role)}, {text})"
    return f"case {named} else {known} end" if named else known


def _claim(graded: RetailTables, role: str) -> str:
    """The defect that the row's rule stands for: as configured, else the rule's own name if that is a defect's."""
    rule = graded.column(role, "rule")
    if rule is None:
        return "null::varchar"
    named = " ".join(
        f"when {rule}::varchar = {literal(name)} then {literal(defect)}" for name, defect in graded.rules.items()
    )
    own = f"when regexp_full_match({rule}::varchar, {literal(_DEFECTS)}) then {rule}::varchar"
    return f"case {named} {own} end"


PLACES = ("kept", "returns", "late_sales", "held_sales", "facts", "quarantine")
"""What an outcome counts besides the buckets: rows of each table that have the record. kept: sales, or a history."""


def make_outcomes(session: ScoreSession, graded: RetailTables, stream: GradedStream) -> None:
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
    session.create(
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


def make_planted(session: ScoreSession, streams: tuple[GradedStream, ...]) -> None:
    """`__score_planted`: every planted defect with its record; one row per record and defect."""
    parts = [
        f"""select d."table", d.defect, d.position, d.bucket, d.clean_value, r.key, r.time
        from {truth("defects")} d join {truth(f"records_{stream.name}")} r using (position)
        where d."table" = '{stream.name}'"""
        for stream in streams
    ]
    session.create("planted", f'select distinct on ("table", defect, position) * from ({" union all ".join(parts)})')


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
