"""The likely cause of the wrong cells of a column: an explanation that fits nearly all of them."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sbdk.core.sql import quoted
from sbdk.datasets.bookstore.grading.cells import CellRule
from sbdk.datasets.bookstore.grading.compare import TableDifference
from sbdk.score.session import ScoreSession

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
