"""A published table against the right one, by key: rows missing, surplus or there twice, and wrong cells."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
import pyarrow.types as pt

from sbdk.core.sql import literal, quoted
from sbdk.datasets.bookstore.grading.tables import BookstoreTables, TableSpec
from sbdk.score.session import ScoreSession

Kind = Literal["text", "flag", "time", "count", "money", "figure"]

ROOM = {"count": "1e-6", "money": "0.0049"}
"""How far whole numbers and amounts of money may be off: floats in the place of integers and decimals are right."""
FIGURE = 1e-6
"""Relative difference that quotients and roots may have."""


@dataclass(frozen=True)
class CellRule:
    """How the cells of a column are compared. room: SQL of the greatest difference from the right value; it may name
    right cells of the same row. None: what the kind has."""

    column: str
    kind: Kind
    room: str | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "money", "figure")

    def read(self, cell: str) -> str:
        """SQL of a cell as a value of the kind; null if it cannot be one.

        Dates are compared as timestamps, and whole numbers as floats, so that a part of a day or of a piece is seen.
        """
        if self.is_number:
            return f"try_cast({cell} as double)"
        if self.kind == "flag":
            return f"try_cast(cast({cell} as varchar) as boolean)"
        return f"try_cast({cell} as {'timestamp' if self.kind == 'time' else 'varchar'})"

    def allowed(self, right: str) -> str:
        """SQL of the room around the value `right`, a number."""
        return self.room or ROOM.get(self.kind) or f"(abs({right}) * {FIGURE} + 1e-9)"

    def same(self, right: str, found: str) -> str:
        """SQL: are the two values, read, the same? Null is right only where null is; NaN never is."""
        if not self.is_number:
            return f"({right} is not distinct from {found})"
        near = f"coalesce(abs({right} - {found}) <= {self.allowed(right)}, false)"
        return f"({right} is null and {found} is null or {near})"


def rule_of(field: pa.Field, room: str | None = None) -> CellRule:
    """The rule of a column of a right table, by its type."""
    return CellRule(field.name, _kind(field.type), room)


def _kind(type_: pa.DataType) -> Kind:
    if pt.is_boolean(type_):
        return "flag"
    if pt.is_temporal(type_):
        return "time"
    if pt.is_integer(type_):
        return "count"
    if pt.is_decimal(type_):
        return "money"
    return "figure" if pt.is_floating(type_) else "text"


@dataclass(frozen=True)
class Comparison:
    """A role's table and its right one. expected: the right one, in SQL. rules: of all its columns, by name.

    graded: the columns that are compared, keys left out; absent: documented ones that the table lacks.
    """

    spec: TableSpec
    expected: str
    rules: dict[str, CellRule]
    graded: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableDifference:
    """What differs. wrong: the relation of rows that differ; it has is_expected, is_found,
    nth (of several rows with one key), the keys, and of each compared column e_ (right), f_ (as published), d_ (wrong).

    heavy: expected rows that weigh by themselves. wrong_rows: all that differ. cells: wrong cells by column.
    """

    comparison: Comparison
    wrong: str
    rows: int = 0
    missing: int = 0
    surplus: int = 0
    repeated: int = 0
    heavy: int = 0
    heavy_missing: int = 0
    wrong_rows: int = 0
    cells: dict[str, int] = field(default_factory=dict)


def expected_table(session: ScoreSession, spec: TableSpec, made: Any) -> tuple[str, dict[str, CellRule]]:
    """The right table, stored for this session, and the rules of its columns."""
    if isinstance(made, pa.Table):
        name = session.store(f"right_{spec.role}", made.schema, [made])
        schema = made.schema
    else:
        batches = iter(made)
        first = next(batches)
        schema = first.schema
        name = session.store(f"right_{spec.role}", schema, _tables(first, batches))
    return name, {column.name: rule_of(column, spec.rooms.get(column.name)) for column in schema}


def _tables(first: pa.RecordBatch, batches: Any) -> Any:
    yield pa.Table.from_batches([first])
    for batch in batches:
        yield pa.Table.from_batches([batch])


def compare(session: ScoreSession, tables: BookstoreTables, comparison: Comparison) -> TableDifference:
    """Compare every row and every graded column. The table has all the columns of the key."""
    spec, expected = comparison.spec, comparison.expected
    wrong = session.create(f"wrong_{spec.role}", _differing(session, tables, comparison))
    heavy = f"count(*) filter ({quoted(spec.weigh)} > 0)" if spec.weigh else "0"
    rows, heavies = session.row(f"select count(*), {heavy} from {expected}")
    lost = f"count(*) filter (is_expected and not is_found and {_weight(spec)} > 0)" if spec.weigh else "0"
    counts = [f"count(*) filter (is_expected and is_found and {_d(name)})" for name in comparison.graded]
    wrong_rows, missing, surplus, repeated, lost_heavies, *cells = session.row(
        "select count(*), count(*) filter (not is_found), count(*) filter (not is_expected and nth = 1), "
        f"count(*) filter (nth > 1), {lost}{''.join(f', {each}' for each in counts)} from {wrong}"
    )
    by_column = dict(zip(comparison.graded, cells, strict=True))
    return TableDifference(
        comparison, wrong, rows, missing, surplus, repeated, heavies, lost_heavies, wrong_rows,
        {name: number for name, number in by_column.items() if number},
    )  # fmt: skip


def measured(session: ScoreSession, difference: TableDifference, column: str) -> tuple[int, int]:
    """(wrong cells, cells that they are a share of) of a column that has wrong cells.

    What happens on few days is measured by those: by the cells with another value than the commonest one, by those
    among them that have a value, and by those of rows that weigh by themselves. A column of lags with nothing but 0 is
    wrong, not nearly right; so is one that is right only where there is nothing. The greatest share counts.
    """
    expected, cell, right = difference.comparison.expected, quoted(column), _e(column)
    groups = f"select {cell} as cell, count(*) as n from {expected} group by {cell}"
    rows, most, valued, most_valued, commonest = session.row(
        "select sum(n), max(n), coalesce(sum(n) filter (cell is not null), 0), "
        "coalesce(max(n) filter (cell is not null), 0), "
        f"cast(arg_max(cell, n) filter (cell is not null) as varchar) from ({groups})"
    )
    wrong = difference.cells[column]
    shares = [(wrong, int(rows - most) or int(rows))]
    if valued > most_valued:
        telling = session.row(
            f"select count(*) from {difference.wrong} where is_expected and is_found and {_d(column)} "
            f"and cast({right} as varchar) <> {literal(commonest)}"
        )[0]
        shares.append((int(telling), int(valued - most_valued)))
    if difference.heavy:
        weighing = f"where is_expected and is_found and {_d(column)} and {_weight(difference.comparison.spec)} > 0"
        shares.append((int(session.row(f"select count(*) from {difference.wrong} {weighing}")[0]), difference.heavy))
    return max(shares, key=lambda share: min(share[0] / share[1], 1.0))


def _differing(session: ScoreSession, tables: BookstoreTables, comparison: Comparison) -> str:
    spec, rules, names = comparison.spec, comparison.rules, comparison.graded
    keys = [f"k{place}" for place in range(len(spec.key))]
    on = " and ".join(f"e.{key} = f.{key}" for key in keys)
    right = [f"{rules[name].read(quoted(name))} as {key}" for name, key in zip(spec.key, keys, strict=True)]
    right += [f"{quoted(name)} as {_e(name)}" for name in rules if name not in spec.key]
    right += [f"{quoted(spec.weigh)} as {_weight(spec)}"] if spec.weigh else []
    differ = {name: f"not {rules[name].same(rules[name].read(_e(name)), rules[name].read(_f(name)))}" for name in names}
    shown = [f"coalesce(e.{key}, f.{key}) as {quoted(name)}" for name, key in zip(spec.key, keys, strict=True)]
    shown += [_e(name) for name in rules if name not in spec.key]
    shown += [f"{_f(name)}, {differ[name]} as {_d(name)}" for name in names]
    shown += [_weight(spec)] if spec.weigh else []
    return f"""
    select e.nth is not null as is_expected, f.nth is not null as is_found, coalesce(f.nth, 1) as nth,
      {", ".join(shown)}
    from (select 1 as nth, {", ".join(right)} from {comparison.expected}) e
    full join ({_found(session, tables, comparison, keys)}) f on {on} and e.nth = f.nth
    where e.nth is null or f.nth is null{"".join(f" or {each}" for each in differ.values())}"""


def _found(session: ScoreSession, tables: BookstoreTables, comparison: Comparison, keys: Sequence[str]) -> str:
    """The published rows; of several with one key, each has a number."""
    spec, rules, relation = comparison.spec, comparison.rules, tables.relation(comparison.spec.role)
    read = [rules[name].read(tables.require_column(spec.role, name)) for name in spec.key]
    cells = [f"{tables.require_column(spec.role, name)} as {_f(name)}" for name in comparison.graded]
    selected = ", ".join([*(f"{cell} as {key}" for cell, key in zip(read, keys, strict=True)), *cells])
    doubled = session.row(
        f"select count(*) from (select 1 from {relation} group by {', '.join(read)} having count(*) > 1)"
    )[0]
    order = ", ".join(_f(name) for name in comparison.graded)
    nth = (
        f"row_number() over (partition by {', '.join(keys)}{f' order by {order}' if order else ''})" if doubled else "1"
    )
    return f"select *, {nth} as nth from (select {selected} from {relation})"


def _e(name: str) -> str:
    return quoted(f"e_{name}")


def _f(name: str) -> str:
    return quoted(f"f_{name}")


def _weight(spec: TableSpec) -> str:
    return quoted(f"w_{spec.weigh}")


def _d(name: str) -> str:
    return quoted(f"d_{name}")
