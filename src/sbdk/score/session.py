"""The connection that a grader works on: the answer key beside the warehouse, and the tables that take each role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

import pyarrow as pa

from sbdk.core.errors import ConfigError, nearest
from sbdk.core.sql import quoted
from sbdk.spec.data_set_sections import ScoreSettings
from sbdk.targets.base import ColumnInfo, Connection, Row
from sbdk.targets.sessions import AnyConnection, as_connection

PREFIX = "__score_"


class ScoreSession:
    """A context in which `__score_truth_…` names the truth; it drops its temporary tables at the end."""

    def __init__(self, connection: Connection, truth: Mapping[str, pa.Table]) -> None:
        self._connection, self._truth = connection, truth
        self._created: list[str] = []
        self._views: list[str] = []
        self._zone = ""

    def __enter__(self) -> ScoreSession:
        self._zone = self.row("select current_setting('TimeZone')")[0]
        self._connection.execute("set TimeZone = 'UTC'")
        for name, table in self._truth.items():
            self._connection.register(truth(name), table)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(self._views):
            self._connection.execute(f"drop view if exists temp.{name}")
        for name in self._created:
            self._connection.execute(f"drop table if exists temp.{name}")
        for name in self._truth:
            self._connection.unregister(truth(name))
        self._connection.execute("set TimeZone = ?", [self._zone])

    def create(self, name: str, sql: str) -> str:
        """Create a temporary table of this query; return its name in SQL."""
        self.create_counted(name, sql)
        return f"{PREFIX}{name}"

    def create_counted(self, name: str, sql: str) -> tuple[str, int]:
        """Create a temporary table of this query; return its name in SQL, and the number of its rows."""
        full = f"{PREFIX}{name}"
        (count,) = self.row(f"create or replace temp table {full} as {sql}")
        self._created.append(full)
        return full, int(count)

    def store(self, name: str, schema: pa.Schema, parts: Iterable[pa.Table]) -> str:
        """Create a temporary table of these parts, one at a time; return its name in SQL."""
        source = f"{PREFIX}part"
        self._connection.register(source, schema.empty_table())
        full = self.create(name, f"from {source}")
        self._connection.unregister(source)
        for part in parts:
            self._connection.register(source, part)
            self._connection.execute(f"insert into temp.{full} from {source}")
            self._connection.unregister(source)
        return full

    def create_view(self, name: str, sql: str) -> None:
        """Create a temporary view of this query, named as by `create`."""
        self._connection.execute(f"create or replace temp view {PREFIX}{name} as {sql}")
        self._views.append(f"{PREFIX}{name}")

    def row(self, sql: str) -> Row:
        """The only row of a query."""
        (row,) = self._connection.rows(sql)[:1]
        return row

    def rows(self, sql: str) -> list[Row]:
        return self._connection.rows(sql)

    def columns(self, relation: str) -> dict[str, str]:
        """Name → SQL type, of a truth relation; enumerations as VARCHAR."""
        described = self.rows(f"describe {relation}")
        return {row[0]: "VARCHAR" if row[1].startswith("ENUM") else row[1] for row in described}


def truth(name: str) -> str:
    """A truth table's name in SQL."""
    return f"{PREFIX}truth_{name}"


class GradedTables:
    """The table of each role, and the names of its columns.

    Raises ConfigError for a mapping to a missing table or column, and if no graded role has a table. `notes` lists the
    roles without a table, for which nothing was found.
    """

    roles: ClassVar[Mapping[str, str]]
    """Each role, and the template's table for it."""

    def __init__(self, connection: AnyConnection, settings: ScoreSettings) -> None:
        self._settings = settings
        self._columns_of: dict[str, dict[str, ColumnInfo]] = {}
        for table in as_connection(connection).tables():
            self._columns_of[table.full_name.lower()] = {column.name.lower(): column for column in table.columns}
        present = {role: name for role in self.roles if (name := self._table(role))}
        self._names: dict[str, str] = dict(present)
        self._check_columns()
        if not any(self.is_graded(role) for role in present):
            raise ConfigError(
                "no table of the warehouse has a role that is graded",
                hint=f"name your tables in score.tables, for example {self._example()}",
            )

    def is_graded(self, role: str) -> bool:
        """Is the role graded, not only a source of what was received?"""
        return True

    def is_needed(self, role: str) -> bool:
        """Is a note added if the role has no table?"""
        return self.is_graded(role)

    def _example(self) -> str:
        role = next(role for role in self.roles if self.is_graded(role))
        return f"score.tables.{role}: {self.roles[role]}"

    def _table(self, role: str) -> str | None:
        wanted = self._settings.tables.get(role, self.roles[role])
        if wanted is None or wanted.lower() in self._columns_of:
            return wanted
        if role not in self._settings.tables:
            return None
        near = nearest(wanted.lower(), self._columns_of, 0.5)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(sorted(self._columns_of)[:12]) or 'none'}"
        raise ConfigError(f"score.tables.{role}: {wanted!r} names no table of the warehouse", hint=hint)

    def _check_columns(self) -> None:
        for role, columns in self._settings.columns.items():
            for name, theirs in columns.items():
                if role in self._names and self._find(role, theirs) is None:
                    known = ", ".join(column.name for column in self._columns_of[self._names[role].lower()].values())
                    where = f"score.columns.{role}.{name}"
                    raise ConfigError(f"{where}: {self._names[role]} has no column {theirs!r}", hint=f"it has: {known}")

    def has(self, role: str) -> bool:
        return role in self._names

    def is_excluded(self, role: str) -> bool:
        """Has the user configured that the role has no table?"""
        return role in self._settings.tables and self._settings.tables[role] is None

    def is_mapped(self, role: str) -> bool:
        """Has the user named a table for the role? What such a table lacks is not graded, and is no fault."""
        return self._settings.tables.get(role) is not None

    def is_missing(self, role: str) -> bool:
        """Is it a fault that the role has no table? Else the role is not covered.

        It is one where the warehouse is the template's: some graded role has its default table, or nothing is mapped.
        """
        return not self.has(role) and not self.is_excluded(role) and self._is_the_templates

    @property
    def _is_the_templates(self) -> bool:
        by_default = any(self.is_graded(role) and not self.is_mapped(role) for role in self._names)
        return by_default or not any(self.is_mapped(role) for role in self.roles)

    def relation(self, role: str) -> str:
        """The table as SQL names it."""
        return ".".join(quoted(part) for part in self._names[role].split("."))

    def table_name(self, role: str) -> str:
        """schema.table, for a reader: the user's, else the template's."""
        return self._names.get(role) or self.roles[role]

    def column_name(self, role: str, name: str) -> str:
        """The column as the user's table names it."""
        return self._settings.columns.get(role, {}).get(name, name)

    def column(self, role: str, name: str) -> str | None:
        """The column as SQL names it; None if the table has none."""
        found = self._find(role, self.column_name(role, name))
        return quoted(found.name) if found else None

    def column_type(self, role: str, name: str) -> str:
        """The SQL type of a column that the table has."""
        found = self._find(role, self.column_name(role, name))
        return found.type if found else ""

    def _find(self, role: str, name: str) -> ColumnInfo | None:
        return self._columns_of[self._names[role].lower()].get(name.lower())

    def require_column(self, role: str, name: str) -> str:
        """The column as SQL names it; ConfigError if the table has none."""
        found = self.column(role, name)
        if found is None:
            raise ConfigError(
                f"score.tables.{role}: {self._names[role]} has no column {name}",
                hint=f"name the column in score.columns.{role}.{name}",
            )
        return found

    @property
    def notes(self) -> list[str]:
        """Roles that are graded and have no table."""
        missing = [role for role in self.roles if role not in self._names and not self.is_excluded(role)]
        return [
            f"no table for {role} ({self.roles[role]}): nothing is found there"
            for role in missing
            if self.is_needed(role)
        ]
