"""Every mutant of the graded tables of a bookstore, enumerated from their schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.types as pt

from sbdk.datasets.bookstore.settings import ROLES
from support.right_books import SPECS, right_tables


@dataclass(frozen=True)
class Mutant:
    """One change of a right table. columns: those that it makes wrong; none if whole rows are. whole: it meets every
    row. statements: the SQL that makes it."""

    role: str
    name: str
    statements: tuple[str, ...]
    columns: tuple[str, ...] = ()
    whole: bool = True

    @property
    def id(self) -> str:
        return "-".join([self.role, *self.columns, self.name.replace(" ", "_")])

    @property
    def table(self) -> str:
        return ROLES[self.role]


def mutants() -> list[Mutant]:
    """Of all tables: of each column, and of rows."""
    return [mutant for role in SPECS for mutant in (*_of_rows(role), *_of_columns(role))]


def _of_rows(role: str) -> Iterator[Mutant]:
    table, key = ROLES[role], SPECS[role].key
    first = f"rowid = (select min(rowid) from {table})"
    changed = {
        "drop one": f"delete from {table} where {first}",
        "drop 1 %": f"delete from {table} where rowid % 100 = 7 or {first}",
        "drop half": f"delete from {table} where rowid % 2 = 0",
        "drop 90 %": f"delete from {table} where rowid % 10 <> 9",
        "empty": f"delete from {table}",
        "no table": f"drop table {table}",
        "duplicate one": f"insert into {table} from {table} where {first}",
        "duplicate all": f"insert into {table} from {table}",
        "ghost": f"insert into {table} select * replace ({_other_key(role)}) from {table} where {first}",
    }
    many = {"drop half", "drop 90 %", "empty", "no table", "duplicate all"}
    for name, statement in changed.items():
        yield Mutant(role, name, (statement,), whole=name in many)
    turned = f"lead({key[0]}, 1, (select min({key[0]}) from {table})) over (order by {', '.join(key)}) as {key[0]}"
    yield Mutant(role, "reorder keys", _remade(table, turned))
    yield Mutant(role, "null keys", _remade(table, f"null as {key[0]}"))


def _other_key(role: str) -> str:
    """A key that is none of the table's."""
    name = SPECS[role].key[-1]
    other = "date '1999-12-31'" if pt.is_temporal(_type(role, name)) else "'GHOST'"
    return f"{other} as {name}"


def _type(role: str, column: str) -> pa.DataType:
    return right_tables()[role].schema.field(column).type


def _of_columns(role: str) -> Iterator[Mutant]:
    table = ROLES[role]
    cells = [name for name in right_tables()[role].column_names if name not in SPECS[role].key]
    for column in cells:
        yield Mutant(role, "no column", (f"alter table {table} drop column {column}",), (column,))
        for name, expression in _changes(role, column).items():
            yield Mutant(role, name, _remade(table, f"{expression} as {column}"), (column,))
        one = _one(_type(role, column), column)
        if one:
            first = f"rowid = (select min(rowid) from {table} where {column} is not null)"
            cell = f"case when {first} then {one} else {column} end as {column}"
            yield Mutant(role, "one cell", _remade(table, cell), (column,), whole=False)
        if other := _partner(role, column, cells):
            swap = f"{column} as {other}, {other} as {column}"
            yield Mutant(role, "swap", _remade(table, swap), (column, other))


def _remade(table: str, replaced: str) -> tuple[str, ...]:
    """The table with other expressions in place of columns, whatever their types."""
    return (
        f"create temp table remade as select * replace ({replaced}) from {table} order by rowid",
        f"drop table {table}",
        f"create table {table} as from remade",
        "drop table remade",
    )


def _changes(role: str, column: str) -> dict[str, str]:
    """What can be wrong with every cell of a column, by its type."""
    table, key, type_ = ROLES[role], SPECS[role].key, _type(role, column)
    entity = f"partition by {', '.join(key[:-1])} " if len(key) > 1 else ""
    changes = {
        "null": "null",
        "constant": f"(select mode({column}) from {table})",
        "stale": f"lag({column}) over ({entity}order by {key[-1]})",
    }
    if pt.is_boolean(type_):
        return {**changes, "turned round": f"not {column}", "true": "true", "false": "false"}
    if pt.is_temporal(type_):
        return {
            **changes,
            "1 hour later": f"{column} + interval 1 hour",
            "1 day later": f"{column} + interval 1 day",
        }
    if pt.is_integer(type_) or pt.is_floating(type_) or pt.is_decimal(type_):
        digits = -1 if pt.is_integer(type_) else 0
        return {
            **changes,
            "1 more": f"{column} + 1",
            "a fifth more": f"cast({column} as double) * 1.2",
            "doubled": f"2 * {column}",
            "rounded": f"round({column}, {digits})",
            "zero": "0",
        }
    return {**changes, "upper case": f"upper({column})", "cut": f"left({column}, 2)", "nothing": "''"}


def _one(type_: pa.DataType, column: str) -> str:
    """A wrong value of one cell."""
    if pt.is_boolean(type_):
        return f"not {column}"
    if pt.is_temporal(type_):
        return f"{column} + interval 1 day"
    return f"{column} + 1" if not pt.is_string(type_) else f"{column} || '?'"


def _partner(role: str, column: str, cells: list[str]) -> str:
    """The next column of the same type; of the last one the first."""
    alike = [name for name in cells if _type(role, name) == _type(role, column)]
    if len(alike) < 2:
        return ""
    return alike[(alike.index(column) + 1) % len(alike)]
