"""Each planted defect: was it found, and was it repaired?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sbdk.core.sql import literal
from sbdk.datasets.retail.grading.results import DefectScore
from sbdk.datasets.retail.grading.roles import STREAMS, GradedStream, RetailTables
from sbdk.score.session import ScoreSession, truth

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does


UNKNOWN = "Unknown"
_LOST = ("malformed", "schema_drift")
"""Both describe a record that lacks a column; a pipeline cannot distinguish them, so either name is right."""


@dataclass(frozen=True)
class Claim:
    """SQL about p (planted, with its record) and o (its outcome).

    counted: which planted records are graded under this defect (others ended elsewhere by a graver one). hit: treated
    as it should be. false: a query for how many were treated so without cause. joined: further joins. repairable: has a
    right value. repaired: has it in the warehouse.
    """

    counted: str
    hit: str
    false: str
    joined: str = ""
    repairable: str | None = None
    repaired: str = "false"


def grade_defects(session: ScoreSession, graded: RetailTables, wrong: Mapping[str, str]) -> list[DefectScore]:
    """All defects that were planted or found, by stream; without those whose treatment the graded tables cannot show.

    wrong: by dimension, the name of the table of its versions that differ, as of `TableDiff`.
    """
    scores = (
        _score(session, graded, stream, defect, wrong.get(stream.name, ""))
        for stream in STREAMS
        for defect in _defects(session, stream)
        if all(graded.is_asked(role) for role in _roles(stream, defect)) and _is_shown(graded, stream, defect)
    )
    return [score for score in scores if score.planted or score.found]


def _roles(stream: GradedStream, defect: str) -> tuple[str, ...]:
    """The tables that show what became of the records with the defect."""
    if stream.is_dimension:
        shown = defect.startswith("missing_") or defect in ("duplicate", "out_of_order")
        return (stream.name,) if shown else (f"quarantine_{stream.name}",)
    named = {
        "return": ("returns",),
        "late": ("late_sales",),
        "orphan": ("sales", "returns", "held_sales"),
        "duplicate": ("sales", "returns"),
    }
    return named.get(defect, ("quarantine_sales",))


def _is_shown(graded: RetailTables, stream: GradedStream, defect: str) -> bool:
    """Has the user's own table the column that was not given?"""
    column = defect.removeprefix("missing_")
    own = column != defect and graded.is_mapped(stream.name)
    return not own or graded.column(stream.name, column) is not None


def _defects(session: ScoreSession, stream: GradedStream) -> list[str]:
    """What was planted in the stream, and what its quarantine claims."""
    planted = f"select defect from __score_planted where \"table\" = '{stream.name}'"
    claimed = f"select claim from __score_quarantine_{stream.name} where claim is not null"
    return [row[0] for row in session.rows(f"select distinct * from ({planted} union all {claimed}) order by 1")]


def _score(session: ScoreSession, graded: RetailTables, stream: GradedStream, defect: str, wrong: str) -> DefectScore:
    claim = _claim(graded, stream, defect, wrong)
    repairable = claim.repairable or "false"
    planted, hits, right, repaired = session.row(
        f"""select count(*), count(*) filter (where hit), count(*) filter (where hit and repairable),
          count(*) filter (where hit and repairable and repaired)
        from (
          select coalesce({claim.hit}, false) as hit, coalesce({repairable}, false) as repairable,
            coalesce({claim.repaired}, false) as repaired
          from __score_planted p join __score_outcome_{stream.name} o using (key, time) {claim.joined}
          where p."table" = '{stream.name}' and p.defect = {literal(defect)} and {claim.counted}
        )"""
    )
    false = session.row(claim.false)[0] or 0
    return DefectScore(stream.name, defect, planted, hits, hits + false, repaired, right if claim.repairable else None)


def _claim(graded: RetailTables, stream: GradedStream, defect: str, wrong: str) -> Claim:
    if defect.startswith("missing_"):
        return _missing(graded, stream, defect.removeprefix("missing_"))
    named = {"return": _returned, "late": _late, "orphan": _orphan}
    if defect in named and not stream.is_dimension:
        return named[defect](graded)
    if defect == "duplicate":
        return _duplicate(graded, stream)
    if defect == "out_of_order" and stream.is_dimension:
        return _out_of_order(stream, wrong)
    return _quarantined(stream, defect)


def _without(stream: GradedStream, defect: str, condition: str) -> str:
    """How many records meet the condition and do not have the defect."""
    return f"""select count(*) from __score_outcome_{stream.name} o where {condition} and not exists (
      select 1 from __score_planted p
      where p."table" = '{stream.name}' and p.defect = '{defect}' and p.key = o.key and p.time = o.time)"""


def _quarantined(stream: GradedStream, defect: str) -> Claim:
    """Set aside, under this name, or under another that is true of the record as well; or under no known name.

    A drift that is to be followed (a column that appears) is a hit when its record is loaded.
    """
    same = " or ".join(f"t.defect = '{name}'" for name in (_LOST if defect in _LOST else (defect,)))
    table = f"t.\"table\" = '{stream.name}' and t.position = q.position"
    accused = f"q.claim is null or exists (select 1 from __score_planted t where {table} and ({_true_of(defect)}))"
    return Claim(
        counted="p.bucket in ('quarantined', 'loaded')",
        joined=f"left join __score_quarantine_{stream.name} q on q.position = p.position",
        hit=f"case when p.bucket = 'loaded' then o.in_loaded > 0 else q.position is not null and ({accused}) end",
        false=f"""select count(*) from __score_quarantine_{stream.name} q where q.claim = {literal(defect)}
          and not exists (select 1 from __score_planted t where {table} and ({same}))""",
    )


def _true_of(defect: str) -> str:
    lost = ", ".join(f"'{name}'" for name in _LOST)
    return f"t.defect = q.claim or (t.defect in ({lost}) and q.claim in ({lost}))"


def _duplicate(graded: RetailTables, stream: GradedStream) -> Claim:
    """In one place, once. What stands twice without a second delivery is no such defect: tables tell it."""
    there = "o.in_loaded + o.in_late_sales + o.in_held_sales + o.in_quarantine"
    buckets = ["loaded", *(name for name in ("late", "held") if graded.is_asked(f"{name}_sales"))]
    return Claim(
        counted=f"p.bucket = 'duplicate' and ({' or '.join(f'o.{bucket} > 0' for bucket in buckets)})",
        hit=f"{there} = o.emitted - o.duplicate",
        false="select 0",
    )


def _out_of_order(stream: GradedStream, pairs: str) -> Claim:
    """The version is in the history, once. False: versions that no record began. Repaired: it begins and ends when it
    should; asked of those whose own key has a newer version that came before: only they can be in the wrong place.

    pairs: the versions that differ, as of `TableDiff`; empty if there are none.
    """
    name = stream.name
    wrong = "select null::bigint as key, null::timestamp as time, null::boolean as wrong where false"
    if pairs:
        moved = "not is_found or e_valid_to is distinct from f_valid_to or e_valid_from is distinct from f_valid_from"
        wrong = f"""select distinct "e_{stream.key}" as key, e_valid_from as time, true as wrong from {pairs}
          where is_expected and ({moved})"""
    return Claim(
        counted="p.bucket = 'loaded'",
        joined=f"left join ({wrong}) w using (key, time)",
        hit="o.in_loaded = 1",
        repairable=f"""exists (select 1 from {truth(f"records_{name}")} r where r.key = p.key and r.time > p.time
          and r.position < p.position and r.bucket <> 'quarantined')""",
        repaired="w.wrong is null",
        false=f"select count(*) from __score_outcome_{name} o where o.emitted = 0 and o.in_loaded > 0",
    )


def _missing(graded: RetailTables, stream: GradedStream, column: str) -> Claim:
    """Kept, and recognisable as not given: null or "Unknown". Repaired: "Unknown", for texts."""
    cell = graded.column(stream.name, column) if graded.has(stream.name) else None
    absent = f"{cell} is null or {cell}::varchar = '{UNKNOWN}'"
    cells = "select null::bigint as key, null::timestamp as time, false as absent, null::varchar as cell where false"
    if cell:
        cells = f"""select key, time, bool_or(absent) as absent, any_value(cell) as cell from (
          select {graded.identity(stream.name, stream)}, {absent} as absent, {cell}::varchar as cell
          from {graded.relation(stream.name)}) group by key, time"""
    defect = f"missing_{column}"
    return Claim(
        counted="p.bucket = 'loaded'",
        joined=f"left join ({cells}) c using (key, time)",
        hit="c.absent",
        repairable=f"p.clean_value = '{UNKNOWN}'",
        repaired=f"c.cell = '{UNKNOWN}'",
        false=f"""select count(*) from ({cells}) c where absent and not exists (
          select 1 from __score_planted p where p."table" = '{stream.name}' and p.defect = '{defect}'
          and p.key = c.key and p.time = c.time)""",
    )


def _returned(graded: RetailTables) -> Claim:
    """Among the returns. Repaired: with the quantity as a positive number."""
    sales = STREAMS[-1]
    column = graded.column("returns", "returned_quantity") if graded.has("returns") else None
    joined = ""
    if column:
        identity = graded.identity("returns", sales)
        cells = f"select {identity}, try_cast({column} as bigint) as cell from {graded.relation('returns')}"
        joined = f"""left join (select key, time, any_value(cell) as cell from ({cells}) group by key, time) c
          using (key, time)"""
    return Claim(
        counted="p.bucket = 'loaded'",
        joined=joined,
        hit="o.in_returns > 0",
        repairable="true",
        repaired="c.cell = -try_cast(p.clean_value as bigint)" if column else "false",
        false=_without(sales, "return", "o.in_returns > 0"),
    )


def _late(graded: RetailTables) -> Claim:
    """Kept aside as late."""
    return Claim(
        counted="p.bucket = 'late'",
        hit="o.in_late_sales > 0",
        false=_without(STREAMS[-1], "late", "o.in_late_sales > 0"),
    )


def _orphan(graded: RetailTables) -> Claim:
    """Held while its parent is not there, and loaded once it is. Repaired: loaded, and in gold or a return."""
    gold = " and (o.in_facts > 0 or o.in_returns > 0)" if graded.has("facts") else ""
    return Claim(
        counted="p.bucket in ('held', 'loaded')",
        hit="o.in_held_sales > 0 or (p.bucket = 'loaded' and o.in_loaded > 0)",
        repairable="p.bucket = 'loaded'",
        repaired=f"o.in_loaded > 0 and o.in_held_sales = 0{gold}",
        false=_without(STREAMS[-1], "orphan", "o.in_held_sales > 0"),
    )
