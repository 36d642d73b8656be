"""What a caller declares about changes (keys, sequence, deletes, SCD type), and the SQL macros that apply it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, StrictUndefined

from sbdk.core.errors import Terminal
from sbdk.core.sql import name_parts, qualified


@dataclass(frozen=True)
class Declaration:
    """The options of AUTO CDC under their own names. `dbt/scd_settle.sql` validates them, for dbt as well."""

    keys: list[str]
    sequence_by: str | list[str]
    apply_as_deletes: str | None = None
    apply_as_truncates: str | None = None
    column_list: list[str] | None = None
    except_column_list: list[str] | None = None
    stored_as_scd_type: int = 1
    track_history_column_list: list[str] | None = None
    track_history_except_column_list: list[str] | None = None
    ignore_null_updates: bool = False
    lateness: float | str | timedelta | None = None

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> Declaration:
        """The declaration among the arguments of a function whose parameters have the names of the options."""
        return cls(**{field.name: arguments[field.name] for field in fields(cls) if field.name in arguments})

    def macro_arguments(self, columns: list[dict[str, str]], existing: dict[str, Any] | None = None) -> dict[str, Any]:
        """The dict that all macros take. columns: name and type of the feed's. existing: the target's state, if any.

        Raises ChangeError for a declaration that does not fit them.
        """
        scd: dict[str, Any] = {**asdict(self), "columns": columns, **(existing or {"target": None})}
        if isinstance(self.lateness, timedelta):
            scd["lateness"] = f"{self.lateness // timedelta(microseconds=1)} microseconds"
        problems: list[dict[str, str | None]] = []
        render("scd_settle", scd, problems)
        if problems:
            raise ChangeError(str(problems[0]["message"]), hint=problems[0]["hint"])
        return scd


class ChangeError(Terminal, ValueError):
    """A declaration that does not fit the feed or the table, or events that cannot be ordered into a history."""

    code = "changes"


@dataclass(frozen=True)
class TableName:
    database: str
    schema: str
    table: str

    @classmethod
    def resolve(cls, connection: duckdb.DuckDBPyConnection, text: str) -> TableName:
        """`table`, `schema.table` or `database.schema.table`, parts quoted or not."""
        parts = name_parts(text)
        if not 1 <= len(parts) <= 3:
            raise ChangeError(f"{text!r} does not name a table", hint="table, schema.table or database.schema.table")
        here = connection.execute("select current_database(), current_schema()").fetchall()[0]
        return cls(*here[: 3 - len(parts)], *parts)

    def log(self) -> TableName:
        return replace(self, table=f"{self.table}__log")

    def quoted(self) -> str:
        return qualified(self.database, self.schema, self.table)


FOLDER = Path(__file__).parent / "dbt"
MATERIALIZATION = "scd.sql"  # dbt's materialization, which plain Jinja cannot render


@functools.cache
def _module() -> Any:
    """All macros as one template module, so that they can call each other, as in dbt."""
    files = sorted(path for path in FOLDER.glob("*.sql") if path.name != MATERIALIZATION)
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    environment = Environment(extensions=["jinja2.ext.do"], undefined=StrictUndefined, autoescape=False)
    return environment.from_string(text).module


def render(macro: str, *arguments: Any) -> str:
    """The text of a macro. Macros may also write results into the dicts and lists that they are given."""
    return str(getattr(_module(), macro)(*arguments))
