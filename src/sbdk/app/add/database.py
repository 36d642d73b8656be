"""Looks at a database: its tables, their columns and keys, the cursor each could have, and ten rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sbdk.app.add.kinds import missing_extra
from sbdk.core.errors import SbdkError, SourceError, SourceUnavailable, UsageError, suggestion
from sbdk.load.source_errors import explain, secrets_in

PREVIEW = 10

CURSORS = (
    "updated_at", "modified_at", "last_modified", "last_updated", "last_update", "last_modified_at", "last_updated_at",
    "changed_at", "update_time", "updated", "modified", "updated_on", "modified_on", "date_modified", "date_updated",
)  # fmt: skip
"""Names of columns that hold the time of a row's last change, the usual ones first."""


@dataclass(frozen=True)
class Column:
    """A column as SQLAlchemy reflects it."""

    name: str
    type: Any
    nullable: bool = True

    @property
    def kind(self) -> str:
        """`time`, `date`, `number`, `text` or `other`: what it would be as a cursor."""
        from datetime import date, datetime

        kinds = {datetime: "time", date: "date", int: "number", str: "text"}
        try:
            return kinds.get(self.type.python_type, "other")
        except NotImplementedError:
            return "other"


@dataclass(frozen=True)
class Table:
    """A table of the source; `key` is its primary key, empty when it has none."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def proposed_cursor(self) -> str | None:
        """The column that says when a row was changed last, if one has such a name and a time."""
        times = {column.name.lower(): column.name for column in self.columns if column.kind in ("time", "date")}
        return next((times[name] for name in CURSORS if name in times), None)

    def column(self, name: str) -> Column:
        """The column; UsageError that names the nearest one."""
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise UsageError(f"the table {self.name} has no column {name!r}", hint=suggestion(name, found))
        return found[name]


@dataclass
class Database:
    """An open connection to a source; see `connected`."""

    engine: Any
    inspector: Any
    schema: str | None = None
    tables: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        return str(self.engine.dialect.name)

    def table(self, name: str) -> Table:
        """The reflected table or view; UsageError that names the nearest one."""
        known = [*self.tables, *self.views]
        if name not in known:
            raise UsageError(f"the database has no table {name!r}", hint=suggestion(name, known, heading="tables"))
        found = self.inspector.get_columns(name, schema=self.schema)
        columns = tuple(Column(each["name"], each["type"], bool(each.get("nullable", True))) for each in found)
        key = self.inspector.get_pk_constraint(name, schema=self.schema).get("constrained_columns") or ()
        return Table(name, columns, tuple(key))

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """The first ten rows that the database gives, in the order of the columns; odd types as text."""
        import sqlalchemy as sa

        known = sa.table(table.name, *(sa.column(each.name, each.type) for each in table.columns), schema=self.schema)
        chosen = [sa.cast(each, sa.Text) if as_unknown(each.type) else each for each in known.c]
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(*chosen).limit(PREVIEW))]


@contextmanager
def connected(url: str, schema: str | None = None) -> Iterator[Database]:
    """The database at the URL. What its driver raises within becomes SourceError, SourceUnavailable or MissingExtra."""
    try:
        import sqlalchemy as sa

        engine = sa.create_engine(url)
    except ImportError as error:
        raise _error(error, url) from error
    except sa.exc.SQLAlchemyError as error:
        raise _error(error, url) from error
    try:
        inspector = sa.inspect(engine)
        _check_schema(inspector, schema)
        names, views = inspector.get_table_names(schema=schema), inspector.get_view_names(schema=schema)
        yield Database(engine, inspector, schema, sorted(names), sorted(views))
    except SbdkError:
        raise
    except Exception as error:
        raise _error(error, url) from error
    finally:
        engine.dispose()


def chosen_tables(database: Database, names: Sequence[str]) -> list[Table]:
    """The tables of these names; none: all tables, and views only by name."""
    if not (names or database.tables):
        raise UsageError("the database has no tables", hint="--schema names another schema")
    return [database.table(name) for name in dict.fromkeys(names or database.tables)]


def as_unknown(kind: Any) -> bool:
    """Whether SQLAlchemy has no class for the type of a column."""
    return type(kind).__name__ == "NullType"


def _check_schema(inspector: Any, schema: str | None) -> None:
    if schema is not None and schema not in (known := inspector.get_schema_names()):
        raise UsageError(f"the database has no schema {schema!r}", hint=suggestion(schema, known, heading="schemas"))


def _error(error: Exception, url: str) -> SbdkError:
    if isinstance(error, ModuleNotFoundError) and error.name == "sqlalchemy":
        return missing_extra("SQLAlchemy", "sql")
    meant = explain(error, secrets_in(url))
    if meant is None:
        raise error
    if isinstance(error, ImportError):
        return UsageError(meant.message, hint=meant.hint)
    kind = SourceUnavailable if meant.transient else SourceError
    return kind(meant.message, hint=meant.hint)
