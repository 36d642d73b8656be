"""The likely cause of wrong cells: what they hold in place of the right value, in nearly all of the rows."""

# ruff: noqa: S608 — names are constants, or quoted where they come in

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sbdk.datasets.retail.grading.asked_tables import AskedColumn
from sbdk.datasets.retail.grading.cells import NUMBERS, QUOTIENTS, TIMES
from sbdk.datasets.retail.grading.expected import DIMENSIONS, OF_DIMENSION
from sbdk.datasets.retail.grading.table_diff import Compared, TableDiff
from sbdk.score.session import ScoreSession, truth

NEARLY = 0.95
"""The share of the wrong cells that a cause explains."""
Hypothesis = tuple[str, str]
"""SQL over e_… and f_…, and the cause in words."""


def cause(session: ScoreSession, diff: TableDiff, column: AskedColumn) -> str:
    """In words; empty if nothing explains nearly all wrong cells."""
    for hypotheses in (_plain(diff.compared, column), _others(diff.compared, column)):
        found = _explains(session, diff, column, list(hypotheses))
        if found:
            return found
    return _of_versions(session, diff, column) or _even(session, diff, column)


def _wrong(diff: TableDiff, column: AskedColumn) -> str:
    return f"{diff.pairs} where is_expected and is_found and {diff.compared.is_wrong(column)}"


def _explains(session: ScoreSession, diff: TableDiff, column: AskedColumn, hypotheses: list[Hypothesis]) -> str:
    """The words of the first hypothesis that holds for nearly all wrong cells."""
    if not hypotheses:
        return ""
    counts = ", ".join(f"count(*) filter ({condition})" for condition, _ in hypotheses)
    wrong, *holds = session.row(f"select count(*), {counts} from {_wrong(diff, column)}")
    return next((words for (_, words), count in zip(hypotheses, holds, strict=True) if count >= NEARLY * wrong), "")


def _plain(compared: Compared, column: AskedColumn) -> Iterator[Hypothesis]:
    """What follows from the cell alone."""
    e, f = f'"e_{column.name}"', f'"f_{column.name}"'
    if column.kind == "text":
        yield f"{e} = 'Unknown'", "what was not given is not Unknown"
    kind = "number" if column.kind in (*NUMBERS, *QUOTIENTS) else "time" if column.kind in TIMES else ""
    yield f"{f} is null", f"null, or no {kind}" if kind else "null in place of the value"
    if column.kind in NUMBERS or column.kind in QUOTIENTS:
        e, f = f"{e}::double", f"{f}::double"
        near = f"<= 1e-9 * abs({e}) + 1e-9"
        yield f"{f} = 0", "0 in place of the value"
        yield f"abs({f} + {e}) {near}", "with the other sign"
        for factor, words in (
            (2, "doubled"),
            (0.5, "halved"),
            (100, "a hundred times too large"),
            (0.01, "a hundred times too small"),
        ):
            yield f"abs({f} - {factor} * {e}) {near}", words
        for digits, words in ((0, "rounded to whole numbers"), (1, "rounded to one decimal")):
            yield f"abs({f} - round({e}, {digits})) {near}", words
        yield f"abs({f} - trunc({e})) {near}", "cut to whole numbers"
    elif column.kind in TIMES:
        for unit in ("second", "minute", "hour", "day"):
            yield f"{f} = date_trunc('{unit}', {e})", f"cut to the {unit}"
    else:
        if column.kind == "rule":
            yield (
                f"{f} not in ('malformed', 'schema_drift') and not starts_with({f}, 'negative')",
                ("names no defect; score.rules says what a rule of another name stands for"),
            )
            yield f"{f} is not null", "a rule that is not true of the record"
        if column.kind == "reason":
            yield f"{f} is not null", "does not name the column that is wrong"
        yield f"trim({f}) = ''", "empty"
        yield f"lower(trim({f})) = lower(trim({e}))", "other letter case, or spaces around it"


def _others(compared: Compared, column: AskedColumn) -> Iterator[Hypothesis]:
    """What other columns of the same row have to do with it."""
    e, f = f'"e_{column.name}"', f'"f_{column.name}"'
    others = [other for other in compared.cells if other != column and _kin(other, column)]
    for other in others:
        both = f'{f} = "e_{other.name}" and "f_{other.name}" = {e}'
        yield both, f"swapped with {other.name}"
    for other in others:
        yield f'{f} = "e_{other.name}"', f"holds {other.name}"
    if column.kind == "money":
        for other in others:
            by = f'("e_{other.name}"::double)'
            for sign, words in ((1, "added"), (-1, "taken off")):
                yield f"abs({f}::double - {e}::double - {sign} * {by}) <= 1e-6", f"with {other.name} {words}"


def _kin(one: AskedColumn, other: AskedColumn) -> bool:
    kinds = (*NUMBERS, *QUOTIENTS)
    families = (kinds, TIMES, ("text", "file", "record", "reason", "rule"))
    return any(one.kind in family and other.kind in family for family in families)


def _of_versions(session: ScoreSession, diff: TableDiff, column: AskedColumn) -> str:
    """What other versions of the same entity have to do with it."""
    role = diff.compared.asked.role
    if role in DIMENSIONS:
        return _in_history(session, diff, column)
    dimension, source = _source(role, column)
    if not dimension:
        return ""
    key = diff.compared.key[0].name
    f, history = f'"f_{column.name}"', truth(f"history_{dimension}s")
    cell = diff.compared.right(column, f"v.{source}")
    choices = {
        "joined to the current version, not to the one at event_time": "v.valid_to is null",
        "joined to the first version, not to the one at event_time": "v.nth = 1",
        "joined to the version before the one at event_time": "v.valid_to = t.begins",
        "joined to the version after the one at event_time": "v.valid_from = t.ends",
    }
    counts = ", ".join(f"count(distinct id) filter ({f} = {cell} and {when})" for when in choices.values())
    wrong, *holds = session.row(
        f"""with versions as (
          select *, row_number() over (partition by {dimension}_id order by valid_from) as nth from {history}
        ), t as (
          select x.{key} as key, x.{dimension}_id as entity, h.valid_from as begins, h.valid_to as ends
          from {truth("expected_facts")} x join {history} h
            on h.{dimension}_id = x.{dimension}_id and h.valid_from = x.{dimension}_version
        )
        select count(distinct id), {counts} from (from {_wrong(diff, column)}) p
        join t on p."e_{key}" = t.key join versions v on v.{dimension}_id = t.entity"""
    )
    return next((words for words, count in zip(choices, holds, strict=True) if wrong and count >= NEARLY * wrong), "")


def _source(role: str, column: AskedColumn) -> tuple[str, str]:
    """(dimension, its column) that a column of the facts, or a version in another table, is from."""
    if role in ("facts", "sales", "returns"):
        for dimension, names in OF_DIMENSION.items():
            if column.name == f"{dimension}_version":
                return dimension, "valid_from"
            name = column.name.removeprefix(f"{dimension}_")
            if role == "facts" and name != column.name and name in names:
                return dimension, name
    return "", ""


def _in_history(session: ScoreSession, diff: TableDiff, column: AskedColumn) -> str:
    role = diff.compared.asked.role
    key = diff.compared.key[0].name
    f = f'"f_{column.name}"'
    cell = diff.compared.right(column)
    at = f"over (partition by {key} order by valid_from)"
    choices = {
        "ordered by arrival, not by time": f"{f} is not distinct from arrival_to"
        if column.kind == "until"
        else "false",
        "holds the value of the version before": f"{f} = before",
        "holds the value of the version after": f"{f} = after",
        "holds the value of the current version": f"{f} = latest",
        "holds the value of the first version": f"{f} = earliest",
    }
    counts = ", ".join(f"count(*) filter ({condition})" for condition in choices.values())
    wrong, *holds = session.row(
        f"""with versions as (
          select {key} as entity, valid_from, arrival_to, lag({cell}) {at} as before, lead({cell}) {at} as after,
            first_value({cell}) {at} as earliest,
            last_value({cell}) over (partition by {key} order by valid_from
              rows between unbounded preceding and unbounded following) as latest
          from {truth(f"expected_{role}")}
        )
        select count(*), {counts} from (from {_wrong(diff, column)}) p
        join versions v on p."e_{key}" = v.entity and p."e_valid_from" = v.valid_from"""
    )
    return next((words for words, count in zip(choices, holds, strict=True) if wrong and count >= NEARLY * wrong), "")


def _even(session: ScoreSession, diff: TableDiff, column: AskedColumn) -> str:
    """Shifted or scaled evenly, or the same everywhere."""
    e, f, where = f'"e_{column.name}"', f'"f_{column.name}"', _wrong(diff, column)
    wrong, given = session.row(f"select count(*), count({f}) from {where}")
    if given < NEARLY * wrong:
        return ""
    if column.kind in TIMES:
        shift, rows = session.row(
            f"select {f} - {e} as shift, count(*) from {where} group by 1 order by 2 desc, 1 limit 1"
        )
        if rows >= NEARLY * wrong and shift is not None:
            return _shifted(shift)
    elif column.kind in (*NUMBERS, *QUOTIENTS):
        shift, rows = session.row(
            f"""select round({f}::double - {e}::double, 6) as shift, count(*) from {where}
            group by 1 order by 2 desc, 1 limit 1"""
        )
        if rows >= NEARLY * wrong and wrong > 1 and shift is not None:
            return f"shifted by {shift:+.6g}"
        scale = session.row(f"select sum({f}::double) / nullif(sum({e}::double), 0) from {where}")[0]
        if scale is not None and wrong > 1 and abs(scale) > 1e-9:
            near = f"abs({f}::double - {scale!r} * {e}::double) <= 0.0051 + 1e-4 * abs({e}::double)"
            if session.row(f"select count(*) from {where} and {near}")[0] >= NEARLY * wrong:
                return f"multiplied by {scale:.4g}"
    only, rows = session.row(f"select {f} as cell, count(*) from {where} group by 1 order by 2 desc, 1 limit 1")
    return f"the same in every row: {cell_text(only)}" if rows >= NEARLY * wrong and wrong > 1 else ""


def _shifted(by: timedelta) -> str:
    """A shift in words: exactly one hour later."""
    seconds, way = abs(by.total_seconds()), "later" if by > timedelta() else "earlier"
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length and seconds % length == 0:
            number = int(seconds // length)
            return f"shifted: exactly {'one' if number == 1 else f'{number:,}'} {unit}{'s' * (number > 1)} {way}"
    return f"shifted: {seconds:.6f} seconds {way}"


def cell_text(cell: Any) -> str | None:
    """A cell for a reader, as DuckDB writes it: decimals with at least two places; None for null."""
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        whole, _, rest = f"{cell:f}".partition(".")
        return f"{whole}.{rest.rstrip('0'):0<2}" if rest.strip("0") else whole
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return str(cell).rstrip("0") if isinstance(cell, datetime) and cell.microsecond else str(cell)
