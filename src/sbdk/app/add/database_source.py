"""`sbdk add` for databases: connects, chooses tables, cursors and keys, tries to read, and writes the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sbdk.app.add.database import Database, Table, chosen_tables, connected
from sbdk.app.add.database_file import database_file
from sbdk.app.add.kinds import TITLES, database_url, secret_name
from sbdk.app.add.table_plan import TablePlan, plan
from sbdk.app.add.writing import Added, check_secrets, pipeline_path, write
from sbdk.core.errors import UsageError, suggestion
from sbdk.run.environment import environment_of
from sbdk.spec.project import ProjectSpec

NONE = "none"
"""In place of a cursor: the table is loaded whole in every run."""


class Choices(Protocol):
    """What is decided where no option says it: by a person on a terminal, or by rule."""

    def url(self, example: str) -> str: ...

    def tables(self, names: Sequence[str]) -> Sequence[str]: ...

    def cursor(self, table: Table) -> str | None: ...


@dataclass(frozen=True)
class DatabaseOptions:
    """The options of `sbdk add` for databases. A cursor, key or NONE is for all tables, or `TABLE.…` for one."""

    url: str | None = None
    schema: str | None = None
    tables: tuple[str, ...] = ()
    cursors: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    lag: float | None = None


def add_database(project: ProjectSpec, source: str, name: str, options: DatabaseOptions, choices: Choices) -> Added:
    """Write `pipelines/NAME.py` for tables of a database; nothing is written if it cannot be reached or read."""
    path = pipeline_path(project, name)
    variable = secret_name(name)
    given = options.url or environment_of(project).get(variable) or choices.url(variable)
    url = database_url(source, given, project.root)
    secrets = {variable: url} if options.url or variable not in environment_of(project) else {}
    check_secrets(project, secrets)
    with connected(url, options.schema) as database:
        names = options.tables or choices.tables(database.tables)
        tables = chosen_tables(database, names)
        plans = _plans(database, tables, options, choices)
        rows = database.rows(tables[0])
    write(project, path, database_file(name, database.dialect, options.schema, plans), secrets)
    return Added(
        source=source,
        name=name,
        file=path,
        variables=(variable,),
        tables=[each.as_dict() for each in plans],
        columns=tuple(column.name for column in tables[0].columns),
        rows=rows,
        notes=tuple(_notes(database, plans)),
    )


def _plans(database: Database, tables: Sequence[Table], options: DatabaseOptions, choices: Choices) -> list[TablePlan]:
    cursors = _by_table(options.cursors, tables, "--cursor")
    keys = _by_table(options.keys, tables, "--key")
    plans = []
    for table in tables:
        cursor = cursors[table.name] if table.name in cursors else choices.cursor(table)
        key = [part.strip() for part in keys.get(table.name, "").split(",") if part.strip()]
        chosen = None if cursor == NONE else cursor
        plans.append(plan(database, table, cursor=chosen, key=key, lag=options.lag if chosen else None))
    return plans


def _by_table(given: Sequence[str], tables: Sequence[Table], option: str) -> dict[str, str]:
    """The value of an option for each table it is for: `TABLE.VALUE` for one, else for all that have the columns."""
    names = {table.name for table in tables}
    found: dict[str, str] = {}
    for text in given:
        table, _, value = text.partition(".")
        if value and table in names:
            found[table] = value
            continue
        fitting = [each.name for each in tables if text == NONE or _has(each, text)]
        if not fitting:
            known = sorted({column.name for each in tables for column in each.columns})
            hint = suggestion(text, known, heading="columns")
            where = f"the table {tables[0].name} has" if len(tables) == 1 else "none of the tables has"
            raise UsageError(f"{option} {text}: {where} no such column", hint=hint)
        found |= {name: text for name in fitting if name not in found}
    return found


def _has(table: Table, columns: str) -> bool:
    return {part.strip() for part in columns.split(",")} <= {column.name for column in table.columns}


def _notes(database: Database, plans: Sequence[TablePlan]) -> list[str]:
    notes = []
    for each in plans:
        if each.text_columns:
            notes.append(f"{each.table.name}: {', '.join(each.text_columns)} come as text")
        if each.cursor and not each.key:
            notes.append(f"{each.table.name} has no key: what changes or is committed late is not loaded again")
        if each.backend == "pyarrow" and database.dialect == "postgresql":
            notes.append(f"{each.table.name} is read by psycopg, at half the speed: connectorx lacks a type of it")
    if database.dialect not in TITLES:
        notes.append(f"{database.dialect} was never tried with sbdk; dlt and SQLAlchemy support it")
    return notes
