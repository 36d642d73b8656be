"""The tables and views of the published file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from sbdk.core.errors import UnknownName
from sbdk.core.sql import quoted
from sbdk.server.dashboard.filters import type_kind
from sbdk.targets.base import Connection, Target
from sbdk.targets.sessions import reserved_words

_SIMPLE = re.compile(r"[a-z_][a-z0-9_]*")
SECONDS = 5.0
"""Time limit of the queries of a page."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool = True

    @property
    def kind(self) -> str:
        return type_kind(self.type)


@dataclass(frozen=True)
class Relation:
    """A table or view. `rows`: None when they were not counted, as those of a view that is no model."""

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
    def short_name(self) -> str:
        """The name as a person writes it in SQL: quotes and schema only where they are needed."""
        return plain(self.name) if self.schema == "main" else f"{plain(self.schema)}.{plain(self.name)}"


def plain(name: str) -> str:
    """An identifier, in quotes only if SQL needs them."""
    return name if _SIMPLE.fullmatch(name) and name not in reserved_words() else quoted(name)


@dataclass(frozen=True)
class Page:
    """Some rows of a table as texts, None for NULL. `more`: whether there are rows after them."""

    rows: list[tuple[str | None, ...]]
    start: int
    more: bool


def relations(target: Target, counted: dict[str, int]) -> list[Relation]:
    """All tables and views, by schema and name. `counted`: known rows by schema.table; other tables are counted."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        return [_with_rows(connection, relation) for relation in _relations(connection, counted)]


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
    """One table or view; UnknownName if it does not exist. The rows of a table are counted, which costs nothing."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        return _find(connection, schema, name, counted)


def _find(connection: Connection, schema: str, name: str, counted: dict[str, int]) -> Relation:
    for relation in _relations(connection, counted):
        if (relation.schema, relation.name) == (schema, name):
            return _with_rows(connection, relation)
    raise UnknownName("no such table")


def _with_rows(connection: Connection, relation: Relation) -> Relation:
    if relation.rows is not None or relation.kind == "view":
        return relation
    rows = connection.value(f"SELECT count(*) FROM {relation.sql}")  # noqa: S608
    return replace(relation, rows=int(rows))


def preview(
    target: Target, schema: str, name: str, counted: dict[str, int], *, start: int, rows: int
) -> tuple[Relation, Page]:
    """`rows` rows from `start` on, in the order in which they are stored; no others are read. Cells are cut at 301."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        relation = _find(connection, schema, name, counted)
        cells = "left(CAST(COLUMNS(*) AS VARCHAR), 301)"
        inside = f"SELECT * FROM {relation.sql} LIMIT {rows + 1} OFFSET {start}"  # noqa: S608
        texts = connection.rows(f"SELECT {cells} FROM ({inside})")  # noqa: S608
    return relation, Page(texts[:rows], start, len(texts) > rows)
