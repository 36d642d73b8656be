"""A declared data set, from a file (YAML, JSON, or Python that binds `dataset`) or from its declaration."""

from __future__ import annotations

import inspect
import json
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from sbdk.core.errors import ConfigError, SourceError, UsageError
from sbdk.core.imports import import_file
from sbdk.datasets.base import Dataset
from sbdk.datasets.declared.api import Generator
from sbdk.datasets.declared.plan import plan
from sbdk.datasets.declared.table import TablePlan
from sbdk.spec.dataset import Dataset as Declaration
from sbdk.spec.dataset import first_error
from sbdk.spec.world import WorldSettings
from sbdk.synth.batches import Make
from sbdk.synth.table import CellTable, ForeignKey, Tables

ENGINE = 1
"""Raised whenever a built-in generator changes what it makes."""


def fingerprint(table: TablePlan, version: int, plans: dict[str, TablePlan]) -> str:
    """A hash of seed, range, options and the source of users' generators, of the table and those that it reads."""
    settings = table.settings
    world = [ENGINE, version, settings.seed, settings.start.isoformat(), settings.anchor.isoformat(), settings.locale]
    looked_at = sorted({*_looked_at(table.name, plans)})
    content = {name: _table(plans[name]) for name in looked_at}
    text = json.dumps([world, table.name, content], default=str)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _looked_at(name: str, plans: dict[str, TablePlan], seen: tuple[str, ...] = ()) -> set[str]:
    table = plans[name]
    neighbours = {name for generator in table.generators.values() for name in generator.tables()}
    neighbours |= {table.spec.per.parent} if table.spec.per else set()
    found = {name}
    for neighbour in neighbours - {name, *seen}:
        found |= _looked_at(neighbour, plans, (*seen, name))
    return found


def _table(table: TablePlan) -> dict[str, Any]:
    """Everything that a cell depends on. The order of columns does not count; that of a choice's values does."""
    declaration = table.spec.model_dump(mode="json", exclude={"description", "columns"})
    columns = sorted(table.spec.columns.items())
    declaration["columns"] = [
        (name, sorted(c.model_dump(mode="json", exclude={"description"}).items())) for name, c in columns
    ]
    declaration["made_by"] = [(made.version, _source(made)) for _, made in sorted(table.generators.items())]
    return declaration


def _source(made_by: Generator) -> str:
    """A hash of the file a user's generator is written in; empty for a built-in one."""
    kind = type(made_by)
    if kind.__module__.startswith("sbdk."):
        return ""
    try:
        written_in = kind.written_in or inspect.getsourcefile(getattr(kind, "written_as", kind))
        return blake2b(Path(written_in or "").read_bytes(), digest_size=16).hexdigest()
    except (OSError, TypeError):
        return kind.__module__


class DeclaredTable(CellTable):
    """A declared table among `plans`."""

    def __init__(self, plan: TablePlan, version: int, plans: dict[str, TablePlan]) -> None:
        targets = {column: plan.parent(relation.target(plan)) for column, relation in plan.relations.items()}
        foreign_keys = (ForeignKey(column, parent.name, parent.spec.key[0]) for column, parent in targets.items())
        anchor = plan.settings.anchor
        super().__init__(plan.name, anchor, key=plan.spec.key, foreign_keys=foreign_keys, time_column=plan.time)
        self.plan, self._version, self._plans = plan, version, plans

    @property
    def schema(self) -> pa.Schema:
        return self.plan.schema

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.plan, self._version, self._plans)

    def count(self, clock: datetime | None = None) -> int:
        return self.plan.count(clock or self.anchor)

    def span(self, start: int, stop: int | None, clock: datetime | None) -> tuple[int, int]:
        """The requested rows; UsageError for rows that do not exist."""
        rows = self.count(clock)
        stop = rows if stop is None else stop
        if not 0 <= start <= stop <= rows:
            raise UsageError(f"rows {start}:{stop} of {self.name}: there are {rows:,} rows before the clock")
        return start, stop

    def maker(self, rows: int, clock: datetime | None) -> Make:
        return self.plan.make


class DeclaredDataset(Dataset):
    """The tables of `declaration` under `settings`. `file` is where it was declared, for errors.

    Opening checks everything that can be checked, by making the first rows of every table. Raises ConfigError for an
    invalid declaration, SourceError for a user's generator that raises.
    """

    def __init__(self, declaration: Declaration, settings: WorldSettings, *, file: Path | None = None) -> None:
        self.name, self.anchor = declaration.name, settings.anchor
        plans = plan(declaration, settings, file)
        for table in plans.values():
            _ = table.schema
        self.tables = Tables(DeclaredTable(table, declaration.version, plans) for table in plans.values())


def read_dataset(path: Path) -> Declaration:
    """The data set that `path` declares; a ConfigError names file, key and the nearest valid key."""
    if not path.is_file():
        raise ConfigError(
            "there is no such file", file=path, hint="`datasets` names data sets, or files in the project"
        )
    if path.suffix == ".py":
        return _from_python(path)
    return parse_dataset(_content(path), file=path)


def parse_dataset(content: Any, *, file: Path | str | None = None) -> Declaration:
    """The data set in plain data (dicts, lists, numbers, strings), as YAML and JSON have it."""
    if not isinstance(content, dict):
        raise ConfigError(f"a data set is a mapping, not {type(content).__name__}", file=file)
    try:
        return Declaration.model_validate(content)
    except ValidationError as error:
        message, hint = first_error(error, Declaration)
        raise ConfigError(message, file=file, hint=hint) from None


def _content(path: Path) -> Any:
    if path.suffix == ".json":
        from sbdk.spec import strict_json

        return strict_json.load(path)
    from sbdk.spec import strict_yaml

    return strict_yaml.load(path)


def _from_python(path: Path) -> Declaration:
    try:
        found = getattr(import_file(path, "sbdk_dataset"), "dataset", None)
    except SourceError as error:
        if isinstance(error.__cause__, ValidationError):
            message, hint = first_error(error.__cause__, Declaration)
            raise ConfigError(message, file=path, hint=hint) from None
        raise
    if not isinstance(found, Declaration):
        raise ConfigError("binds no `dataset`", file=path, hint="dataset = sbdk.spec.dataset.Dataset(name=…, tables=…)")
    return found
