"""The checks that read a table, by the tables that DuckDB's parser finds in their SQL."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from sbdk.core.errors import SbdkError
from sbdk.spec.checks import Check, read_checks
from sbdk.targets.sessions import scratch


def checks_of(folder: Path) -> tuple[list[Check], SbdkError | None]:
    """All checks of a project; none and the error when their files cannot be read."""
    try:
        return read_checks(folder), None
    except SbdkError as error:
        return [], error


def tables_of_checks(folder: Path, names: Container[str]) -> set[str]:
    """The tables that the named checks read, as schema.table."""
    with scratch() as connection:
        sources = [connection.source_tables(check.sql) for check in checks_of(folder)[0] if check.name in names]
    return {name if "." in name else f"main.{name}" for tables in sources for name in tables}


def checks_on(folder: Path, schema: str, name: str) -> list[Check]:
    """The checks that read the table; a table of the schema main may be named without it."""
    names = {f"{schema}.{name}"} | ({name} if schema == "main" else set())
    with scratch() as connection:
        return [check for check in checks_of(folder)[0] if names & connection.source_tables(check.sql)]
