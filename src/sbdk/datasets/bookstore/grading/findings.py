"""The faults of a table as findings, with their points."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sbdk.core.sql import quoted
from sbdk.datasets.bookstore.grading.causes import cause
from sbdk.datasets.bookstore.grading.compare import TableDifference, measured
from sbdk.datasets.bookstore.grading.tables import COLUMN
from sbdk.score.finding import Example, Finding
from sbdk.score.harm import cell_harm, row_harm
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
