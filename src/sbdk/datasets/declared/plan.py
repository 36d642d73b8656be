"""From a declaration to planned tables: generators found, options checked, parents before children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

import sbdk.datasets.declared.built_in  # noqa: F401 — imported to be registered
from sbdk.core.errors import ConfigError, UnknownName
from sbdk.datasets.declared.api import Generator, generators
from sbdk.datasets.declared.built_in.keys import Owner, Position
from sbdk.datasets.declared.table import TablePlan
from sbdk.spec.dataset import Column, Dataset, Table, first_error
from sbdk.spec.world import WorldSettings


def in_order(needs: Mapping[str, Iterable[str]], error_of: Callable[[str, str], Exception]) -> list[str]:
    """The names, each after those it needs (itself does not count), else in the given order.

    Raises `error_of(name, problem)` for a need that is not among the names, or a circle.
    """
    wanted = {name: [need for need in needed if need != name] for name, needed in needs.items()}
    for name, needed in wanted.items():
        for need in needed:
            if need not in wanted:
                raise error_of(name, f"there is no {need!r}")
    sorter = TopologicalSorter(wanted)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        raise error_of(circle[0], "goes round in a circle: " + " → ".join(circle)) from None
    return _earliest(wanted)


def _earliest(wanted: Mapping[str, list[str]]) -> list[str]:
    """Depth first from the first name on."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for need in wanted[name]:
                visit(need)
            done[name] = None

    for name in wanted:
        visit(name)
    return list(done)


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
            yield f".columns.{column}", "the time of rows has no `nulls` and no need `type`", None


def _unique() -> list[str]:
    """Generators that promise never to repeat a value."""
    return sorted(name for name in generators if generators.get(name).unique)


def plan(dataset: Dataset, settings: WorldSettings, file: Path | None) -> dict[str, TablePlan]:
    """The tables, parents before children. ConfigError, with file and key, for what cannot be made."""
    made_by = {name: _generators(name, table, file) for name, table in dataset.tables.items()}
    needs = {name: _parents(table, made_by[name]) for name, table in dataset.tables.items()}
    for name, table in dataset.tables.items():
        check_table(name, table, made_by[name], file)
    planned: dict[str, TablePlan] = {}
    for name in in_order(
        needs, lambda table, problem: ConfigError(f"tables.{table}: {problem} among the tables", file=file)
    ):
        planned[name] = TablePlan(name, dataset.tables[name], made_by[name], dict(planned), settings, file)
    return planned


def _generators(table: str, spec: Table, file: Path | None) -> dict[str, Generator]:
    return {name: _generator(f"tables.{table}.columns.{name}", column, file) for name, column in spec.columns.items()}


def _generator(where: str, column: Column, file: Path | None) -> Generator:
    try:
        kind = generators.get(column.generator)
    except UnknownName as error:
        raise ConfigError(f"{where}.generator: {error.message}", file=file, hint=error.hint) from None
    try:
        return kind.model_validate(column.options)
    except ValidationError as error:
        message, hint = first_error(error, kind, within=where, beside=Column.model_fields)
        raise ConfigError(message, file=file, hint=hint) from None


def _parents(table: Table, made_by: dict[str, Generator]) -> list[str]:
    owner = [table.per.parent] if table.per else []
    return [*owner, *(need for made in made_by.values() for need in made.tables())]
