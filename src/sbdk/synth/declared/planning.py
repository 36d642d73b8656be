"""From a declaration to planned tables: generators found, options checked, everything after what it looks at."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.spec.dataset import Column, Dataset, Table
from sbdk.spec.dataset_errors import first_error
from sbdk.spec.world import WorldSettings
from sbdk.synth.declared import built_in
from sbdk.synth.declared.generator import Generator, generators
from sbdk.synth.declared.order import in_order
from sbdk.synth.declared.table import TablePlan

assert built_in  # imported to be registered


def plan(dataset: Dataset, settings: WorldSettings, file: Path | None) -> dict[str, TablePlan]:
    """The tables, parents before children. ConfigError, with file and key, for what cannot be made."""
    made_by = {name: _generators(name, table, file) for name, table in dataset.tables.items()}
    needs = {name: _parents(table, made_by[name]) for name, table in dataset.tables.items()}
    for name, table in dataset.tables.items():
        _check(name, table, made_by[name], file)
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
    return [*owner, *(other for made in made_by.values() for other in made.tables())]


def _check(name: str, table: Table, made_by: dict[str, Generator], file: Path | None) -> None:
    """What can be said without knowing the other tables."""
    where = f"tables.{name}"
    if (table.rows is None) == (table.per is None):
        raise ConfigError(f"{where}: give `rows` or `per`, one of the two", file=file)
    for column in table.key:
        if column not in made_by:
            raise ConfigError(f"{where}.key: there is no column {column!r}", file=file)
        if table.columns[column].nulls:
            raise ConfigError(f"{where}.columns.{column}.nulls: a key is never null", file=file)
    if len(table.key) == 1 and not made_by[table.key[0]].unique:
        unique = sorted(known for known in generators if generators.get(known).unique)
        problem = f"{where}.key: {table.key[0]!r} may have a value twice"
        raise ConfigError(problem, file=file, hint=f"generators that never repeat: {', '.join(unique)}")
    if table.per and table.per.parent == name:
        raise ConfigError(f"{where}.per.parent: a table cannot be its own", file=file)
    for column, made in made_by.items():
        if column in made.reads():
            raise ConfigError(f"{where}.columns.{column}: it reads itself", file=file)
    reads = {column: made.reads() for column, made in made_by.items()}
    in_order(
        reads, lambda column, problem: ConfigError(f"{where}.columns.{column}: {problem} among the columns", file=file)
    )
