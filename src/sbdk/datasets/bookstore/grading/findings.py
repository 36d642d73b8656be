"""The faults of a table as findings, with their points and their likely causes."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sbdk.core.sql import quoted
from sbdk.datasets.bookstore.grading.compare import CellRule, TableDifference, measured
from sbdk.datasets.bookstore.grading.tables import COLUMN
from sbdk.score.finding import Example, Finding, cell_harm, row_harm
from sbdk.score.session import ScoreSession


def table_findings(session: ScoreSession, difference: TableDifference, *, columns_needed: bool) -> list[Finding]:
    """What is wrong with a table; together it costs at most what the table is worth.

    columns_needed: a documented column that the table lacks is a fault.
    """
    absent = _absent(difference) if columns_needed else ()
    findings = [*_rows(session, difference), *absent, *_cells(session, difference)]
    return limited(findings, difference.comparison.spec.worth)


def limited(findings: list[Finding], most: float) -> list[Finding]:
    """The findings, all cheaper by the same factor if they cost more than `most` together."""
    points = sum(finding.points for finding in findings)
    return [replace(one, points=one.points * most / points) for one in findings] if points > most else findings


def _rows(session: ScoreSession, difference: TableDifference) -> Iterator[Finding]:
    """Rows that are missing, surplus or there twice. They share the harm by their numbers."""
    wrong = difference.missing + difference.surplus + difference.repeated
    if not wrong:
        return
    spec, rows = difference.comparison.spec, difference.rows
    share = max(_share(difference.missing, rows), _share(difference.heavy_missing, difference.heavy))
    points = spec.worth * row_harm(share * rows, difference.surplus + difference.repeated, rows)
    gone = "missing" if difference.missing < rows else "missing: not one of the right rows is there"
    for number, condition, words in (
        (difference.missing, "not is_found", gone),
        (difference.surplus, "not is_expected and nth = 1", f"too many: {_ghosts(session, difference)}"),
        (difference.repeated, "nth > 1", "there more than once"),
    ):
        if number:
            example = _example(session, difference, condition)
            yield Finding(points * number / wrong, spec.role, words, rows=number, example=example)


def _ghosts(session: ScoreSession, difference: TableDifference) -> str:
    """Why the surplus rows have no right one."""
    keys = difference.comparison.spec.key
    nulls = ", ".join(f"count(*) filter ({quoted(name)} is null)" for name in keys)
    counts = session.row(f"select {nulls} from {difference.wrong} where not is_expected and nth = 1")
    empty = [name for name, number in zip(keys, counts, strict=True) if number]
    return f"{' and '.join(empty)} is null" if empty else "there should be no row with this key"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _absent(difference: TableDifference) -> Iterator[Finding]:
    for name in difference.comparison.absent:
        spec = difference.comparison.spec
        yield Finding(spec.points.get(name, COLUMN), spec.role, "the table has no such column", name)


def _cells(session: ScoreSession, difference: TableDifference) -> Iterator[Finding]:
    spec = difference.comparison.spec
    for name, wrong in difference.cells.items():
        points = spec.points.get(name, COLUMN) * cell_harm(*measured(session, difference, name))
        example = _example(session, difference, f"is_expected and is_found and {quoted('d_' + name)}", name)
        yield Finding(points, spec.role, cause(session, difference, name) or "differs", name, wrong, example)


def _example(session: ScoreSession, difference: TableDifference, condition: str, column: str = "") -> Example:
    """The first such row by key."""
    key, rules = difference.comparison.spec.key, difference.comparison.rules
    texts = [_text(quoted(name), rules[name].kind == "time") for name in key]
    cells = ["null", "null"]
    if column:
        cells = [f"cast({quoted(each + column)} as varchar)" for each in ("e_", "f_")]
    *names, right, found = session.row(
        f"select {', '.join([*texts, *cells])} from {difference.wrong} where {condition} "
        f"order by {', '.join(quoted(name) for name in key)} limit 1"
    )
    return Example(dict(zip(key, names, strict=True)), right, found)


def _text(cell: str, is_time: bool) -> str:
    """A key's text; a day without its midnight."""
    return f"replace(cast({cell} as varchar), ' 00:00:00', '')" if is_time else f"cast({cell} as varchar)"


_FITS = 0.95
"""The share of the wrong cells that an explanation has to fit."""
_FACTORS = {2.0: "doubled", 0.5: "halved", -1.0: "with the sign turned", 100.0: "in per cent", 0.01: "a hundredth"}


def cause(session: ScoreSession, difference: TableDifference, column: str) -> str:
    """In words; empty if nothing that is looked for explains it."""
    rules = difference.comparison.rules
    rule = rules[column]
    source = _pairs(difference, rule)
    tests = list(_tests(difference, rule))
    fits = ", ".join(f"count(*) filter (where coalesce({sql}, false))" for _, sql in tests)
    wrong, rights, founds, *counts = session.row(
        f"select count(*), count(distinct e), count(distinct f), {fits} from {source}"
    )
    if not wrong:
        return ""
    explained = [words for (words, _), number in zip(tests, counts, strict=True) if number >= _FITS * wrong]
    if "null" in explained:
        return "null"
    if wrong > 1 and rights > 1 and founds == 1:
        return f"always {session.row(f'select any_value(said) from {source}')[0]}"
    if neighbour := _neighbour(session, difference, rule, wrong):
        return neighbour
    if explained and (rights > 1 or not explained[0].startswith("the value of")):
        return explained[0]
    if constant := _constant_change(session, source, rule, rights):
        return constant
    return _other_rows(session, source, wrong, founds)


def _pairs(difference: TableDifference, rule: CellRule) -> str:
    """SQL: the wrong cells as read, right (e) and found (f; as text: said), with the right cells of the row."""
    right, found = rule.read(quoted(f"e_{rule.column}")), rule.read(quoted(f"f_{rule.column}"))
    return (
        f"(select *, {right} as e, {found} as f, cast({quoted('f_' + rule.column)} as varchar) as said "
        f"from {difference.wrong} "
        f"where is_expected and is_found and {quoted('d_' + rule.column)})"
    )


def _tests(difference: TableDifference, rule: CellRule) -> Iterator[tuple[str, str]]:
    """(explanation, SQL that it is true of a cell), the likeliest first."""
    yield "null", "f is null"
    rules = difference.comparison.rules
    for name in difference.comparison.graded:
        other = rules[name]
        if name != rule.column and (other.kind == rule.kind or (other.is_number and rule.is_number)):
            value = other.read(quoted(f"e_{name}"))
            yield f"the value of {name}", f"f is not null and {rule.same(value, 'f')}"
    if rule.is_number:
        for factor, words in _FACTORS.items():
            yield words, f"e <> 0 and {rule.same(f'(e * {factor})', 'f')}"
        for digits in (0, 1, 2):
            yield f"rounded to {digits} decimals" if digits else "rounded to a whole number", f"f = round(e, {digits})"
    if rule.kind == "text":
        yield "written otherwise", "lower(trim(f)) = lower(trim(e))"
    if rule.kind == "flag":
        yield "turned round", "f = not e"


def _neighbour(session: ScoreSession, difference: TableDifference, rule: CellRule, wrong: int) -> str:
    """Is it the right cell of the day before or after, of tables with a row per day?"""
    spec, rules = difference.comparison.spec, difference.comparison.rules
    if rules[spec.key[-1]].kind != "time" or wrong < 2:
        return ""
    same = [f"n.{quoted(name)} = w.{quoted(name)}" for name in spec.key[:-1]]
    right = rule.read(f"n.{quoted(rule.column)}")
    day = f"{rules[spec.key[-1]].read('n.' + quoted(spec.key[-1]))}"
    for shift, words in ((1, "that of the day before"), (-1, "that of the day after")):
        on = " and ".join([*same, f"{day} = w.{quoted(spec.key[-1])} - to_days({shift})"])
        compared, fits = session.row(
            f"select count(n.nth), count(*) filter (n.nth = 1 and f is not null and {rule.same(right, 'w.f')}) "
            f"from {_pairs(difference, rule)} w "
            f"left join (select *, 1 as nth from {difference.comparison.expected}) n on {on}"
        )
        if compared >= 2 and fits >= _FITS * compared and compared >= wrong / 2:
            return words
    return ""


def _constant_change(session: ScoreSession, source: str, rule: CellRule, rights: int) -> str:
    """Do all cells differ by the same amount, time or factor?"""
    if rule.kind == "time":
        low, high = session.row(f"select min(f - e), max(f - e) from {source}")
        if low is not None and low == high and rights > 1:
            return f"shifted by {_duration(low)}"
    if rule.is_number and rights > 1:
        low, high = session.row(f"select min(f - e), max(f - e) from {source}")
        if low is not None and abs(high - low) <= 1e-9 * max(abs(high), 1):
            return f"{abs(high):g} too {'large' if high > 0 else 'small'}"
        low, high, zeros = session.row(
            f"select min(f / e), max(f / e), count(*) filter (e = 0) from {source} where f <> 0"
        )
        if low is not None and not zeros and abs(high - low) <= 1e-3 * abs(high):
            return f"{high:.4g} times the right value"
    rows, values, value = session.row(f"select count(f), count(distinct f), any_value(said) from {source}")
    return f"always {value}" if rows > 1 and values == 1 else ""


def _other_rows(session: ScoreSession, source: str, wrong: int, founds: int) -> str:
    """Are the found values those of other rows?"""
    if wrong < 2 or founds < 2:
        return ""
    inside = session.row(f"select count(*) from {source} where f in (select e from {source} where e is not null)")[0]
    return "the value of another row" if inside >= _FITS * wrong else ""


def _duration(shift: timedelta) -> str:
    seconds = shift.total_seconds()
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % length == 0:
            number = int(seconds // length)
            return f"exactly {number:+d} {unit}{'s' if abs(number) != 1 else ''}".replace("-", "−")
    return f"{seconds:+g} seconds".replace("-", "−")
