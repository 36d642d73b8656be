"""The tables and views of the published file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sbdk.core.errors import UnknownName
from sbdk.core.sql import quoted
from sbdk.server.dashboard.filters import kind_of
from sbdk.targets.base import Connection, Target
from sbdk.targets.sessions import reserved_words

_SIMPLE = re.compile(r"[a-z_][a-z0-9_]*")
SECONDS = 5.0
"""The longest that a page waits for the database."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool = True

    @property
    def kind(self) -> str:
        return kind_of(self.type)


@dataclass(frozen=True)
class Relation:
    """A table or view. `rows`: None where nobody counted them, and of a view that is no model."""

    schema: str
    name: str
    kind: str
    columns: list[Column] = field(default_factory=list)
    rows: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def written(self) -> str:
        """The name as one would write it: without quotes and schema where neither is needed."""
        return plain(self.name) if self.schema == "main" else f"{plain(self.schema)}.{plain(self.name)}"


def plain(name: str) -> str:
    """An identifier, quoted only if it must be."""
    return name if _SIMPLE.fullmatch(name) and name not in reserved_words() else quoted(name)


@dataclass(frozen=True)
class Page:
    """Some rows of a table as texts, None for NULL. `more`: whether there are rows after them."""

    rows: list[tuple[str | None, ...]]
    start: int
    more: bool


def relations(target: Target, counted: dict[str, int]) -> list[Relation]:
    """All of them, by schema and name; `counted` rows by schema.table. Tables that are not among them are counted."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        return [_with_rows(connection, one) for one in _relations(connection, counted)]


def _relations(connection: Connection, counted: dict[str, int]) -> list[Relation]:
    return [
        Relation(
            table.schema,
            table.name,
            table.kind,
            [Column(column.name, column.type, column.nullable) for column in table.columns],
            counted.get(table.full_name),
        )
        for table in connection.tables()
        if table.schema != "_sbdk" and not table.name.startswith("_dlt_")
    ]


def relation(target: Target, schema: str, name: str, counted: dict[str, int]) -> Relation:
    """One of them; UnknownName if it is not there (any more). The rows of a table are counted, which costs nothing."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        return _one(connection, schema, name, counted)


def _one(connection: Connection, schema: str, name: str, counted: dict[str, int]) -> Relation:
    found = [one for one in _relations(connection, counted) if (one.schema, one.name) == (schema, name)]
    if not found:
        raise UnknownName("no such table")
    return _with_rows(connection, found[0])


def _with_rows(connection: Connection, one: Relation) -> Relation:
    if one.rows is not None or one.kind == "view":
        return one
    rows = connection.value(f"SELECT count(*) FROM {one.sql}")  # noqa: S608
    return Relation(one.schema, one.name, one.kind, one.columns, int(rows))


def preview(
    target: Target, schema: str, name: str, counted: dict[str, int], *, start: int, rows: int
) -> tuple[Relation, Page]:
    """`rows` rows from `start` on, in the order in which they are stored; no others are read. Cells cut at 300."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        one = _one(connection, schema, name, counted)
        cells = "left(CAST(COLUMNS(*) AS VARCHAR), 301)"
        inside = f"SELECT * FROM {one.sql} LIMIT {rows + 1} OFFSET {start}"  # noqa: S608
        found = connection.rows(f"SELECT {cells} FROM ({inside})")  # noqa: S608
    return one, Page(found[:rows], start, len(found) > rows)
