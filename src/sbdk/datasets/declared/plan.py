"""From a declaration to planned tables: generators found, options checked, everything after what it looks at."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.spec.dataset import Column, Dataset, Table
from sbdk.spec.dataset_errors import first_error
from sbdk.spec.world import WorldSettings
from sbdk.datasets.declared import built_in
from sbdk.datasets.declared.checking import check_table
from sbdk.datasets.declared.api import Generator, generators
from sbdk.datasets.declared.order import in_order
from sbdk.datasets.declared.table import TablePlan

assert built_in  # imported to be registered


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
    return [*owner, *(other for made in made_by.values() for other in made.tables())]
