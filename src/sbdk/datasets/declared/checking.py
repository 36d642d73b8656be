"""What can be said about a declared table without knowing the other tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from sbdk.core.errors import ConfigError
from sbdk.spec.dataset import Table
from sbdk.datasets.declared.generators.keys import Owner, Position
from sbdk.datasets.declared.api import Generator, generators
from sbdk.datasets.declared.order import in_order

Problem = tuple[str, str, str | None]
"""The key below the table, what is wrong with it, and a hint."""


def check_table(name: str, table: Table, made_by: Mapping[str, Generator], file: Path | None) -> None:
    """ConfigError for rows, a key or columns that make no sense."""
    for key, problem, hint in chain(_rows(name, table), _key(table, made_by), _columns(table, made_by)):
        raise ConfigError(f"tables.{name}{key}: {problem}", file=file, hint=hint)
    where = f"tables.{name}.columns"
    reads = {column: made.reads() for column, made in made_by.items()}
    in_order(reads, lambda column, problem: ConfigError(f"{where}.{column}: {problem} among the columns", file=file))


def _rows(name: str, table: Table) -> Iterator[Problem]:
    if (table.rows is None) == (table.per is None):
        yield "", "give `rows` or `per`, one of the two", None
    if table.per and table.per.parent == name:
        yield ".per.parent", "a table cannot be its own", None


def _key(table: Table, made_by: Mapping[str, Generator]) -> Iterator[Problem]:
    for column in table.key:
        if column not in made_by:
            yield ".key", f"there is no column {column!r}", None
        if table.columns[column].nulls:
            yield f".columns.{column}.nulls", "a key is never null", None
    parts = [made_by[column] for column in table.key]
    of_siblings = any(isinstance(part, Owner) for part in parts) and any(isinstance(part, Position) for part in parts)
    if not of_siblings and not any(part.unique for part in parts):
        hint = f"never repeated: {', '.join(_unique())}; or owner and position together"
        yield ".key", f"{', '.join(table.key)} may have a value twice", hint


def _columns(table: Table, made_by: Mapping[str, Generator]) -> Iterator[Problem]:
    for column, made in made_by.items():
        if column in made.reads():
            yield f".columns.{column}", "it reads itself", None
        if made.ascends and (table.columns[column].nulls or table.columns[column].type):
            yield f".columns.{column}", "the time of rows has no `nulls` and no other `type`", None


def _unique() -> list[str]:
    """Generators that promise never to repeat a value."""
    return sorted(name for name in generators if generators.get(name).unique)
