"""One table, planned: its generators in order, its rows before any clock, and batches of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError, SbdkError, SourceError
from sbdk.datasets.declared.api import Chunk, Generator, Relation, Rows
from sbdk.datasets.declared.arrays import arrow_type, as_array, only_where
from sbdk.spec.dataset import PerParent, Table
from sbdk.spec.world import WorldSettings
from sbdk.synth.cells import U64, cell_key
from sbdk.synth.columns import chance, check_weights
from sbdk.synth.relations import Groups
from sbdk.synth.timeline import Timeline, micros


class TablePlan:
    """A declared table in its world. `others` holds the tables planned before it."""

    def __init__(
        self,
        name: str,
        spec: Table,
        columns: Mapping[str, Generator],
        others: Mapping[str, TablePlan],
        settings: WorldSettings,
        file: Path | None,
    ) -> None:
        self.name, self.spec, self.generators, self.file = name, spec, dict(columns), file
        self.settings, self.seed = settings, settings.seed
        self._others = others
        self._types = {column: self._type(column, c.type) for column, c in spec.columns.items() if c.type}
        self.timeline: Timeline | None = None
        self.groups: Groups | None = None
        self.prepared: dict[str, Any] = {}
        if spec.per:
            self.groups = self._groups(spec.per)
        self.time = self._time()
        for column in self.generators:
            self.prepared[column] = self._prepare(column)

    def _prepare(self, column: str) -> Any:
        try:
            return self.generators[column].prepare(self, column)
        except SbdkError:
            raise
        except Exception as error:
            raise self._failed(column, error) from error

    def _failed(self, column: str, error: Exception) -> SourceError:
        name = self.spec.columns[column].generator
        problem = f"{self.name}.{column}: the generator {name!r} raised {type(error).__name__}: {error}"
        return SourceError(problem, file=self.file)

    def _type(self, column: str, name: str) -> pa.DataType:
        try:
            return arrow_type(name)
        except ValueError as error:
            raise self.error(column, f"type: {error}") from None

    def _groups(self, per: PerParent) -> Groups:
        where = f"tables.{self.name}.per.counts"
        check_weights(list(per.counts.values()), len(per.counts), where, file=self.file)
        if not any(number * weight for number, weight in per.counts.items()):
            raise ConfigError(f"{where}: no row has a child", file=self.file)
        return Groups(per.counts, cell_key(self.seed, self.name, "/per"))

    def _time(self) -> str | None:
        """The column that rows ascend by: its own arrivals, or in a table `per` another a copy of the parent's."""
        if not self.groups:
            return next((name for name, made_by in self.generators.items() if made_by.ascends), None)
        parent = self.groups_parent
        if not parent.time:
            return None
        for name, made_by in self.generators.items():
            spec = self.spec.columns[name]
            if made_by.copies(self) == (parent.name, parent.time) and not spec.nulls and not spec.type:
                return name
        hint = f"a column with generator: parent, of: <the owner>, column: {parent.time}"
        raise ConfigError(
            f"tables.{self.name}: it needs a copy of {parent.name}.{parent.time}", file=self.file, hint=hint
        )

    def error(self, column: str, problem: str, hint: str | None = None) -> ConfigError:
        """A ConfigError with the place in the declaration."""
        return ConfigError(f"tables.{self.name}.columns.{column}: {problem}", file=self.file, hint=hint)

    def parent(self, table: str) -> TablePlan:
        """A table planned before this one, or this one."""
        return self if table == self.name else self._others[table]

    def relation(self, column: str) -> Relation:
        """The foreign key in `column`."""
        found = self.generators.get(column)
        if not isinstance(found, Relation):
            raise self.error(column, "is not a foreign key")
        return found

    @property
    def relations(self) -> dict[str, Relation]:
        """Foreign keys by column."""
        return {name: made_by for name, made_by in self.generators.items() if isinstance(made_by, Relation)}

    def chunk(self, numbers: U64) -> Chunk:
        """Rows by number, to ask columns of."""
        return Chunk(self, numbers)

    def values(self, name: str, rows: Rows) -> pa.Array:
        """Column `name` of `rows`: made, converted, some of it null, as declared."""
        spec = self.spec.columns[name]
        try:
            made = as_array(self.generators[name].make(rows))
            wanted = self._types.get(name, made.type)
            made = made if made.type == wanted else made.cast(wanted)
        except SbdkError:
            raise
        except Exception as error:
            raise self._failed(name, error) from error
        if len(made) != len(rows):
            problem = f"the generator {spec.generator!r} made {len(made)} values for {len(rows)} rows"
            raise SourceError(f"{self.name}.{name}: {problem}", file=self.file)
        return only_where(made, ~chance(rows.bits("nulls"), spec.nulls)) if spec.nulls else made

    def make(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows start ≤ row < stop."""
        chunk = self.chunk(np.arange(start, stop, dtype=np.uint64))
        columns = [chunk.column(name) for name in self.spec.columns]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns in order; keys are not nullable. Found out from the first rows, which also shows what raises."""
        chunk = self.chunk(np.arange(2, dtype=np.uint64) if self.rows_at_anchor else np.empty(0, np.uint64))
        fields = [pa.field(name, chunk.column(name).type, name not in self.spec.key) for name in self.spec.columns]
        for field in fields:
            if pa.types.is_null(field.type):
                raise self.error(field.name, "its first rows are all null, so its type is unknown", "give `type`")
            self._types[field.name] = field.type
        return pa.schema(fields)

    @cached_property
    def rows_at_anchor(self) -> int:
        """Rows before the anchor."""
        return self.count(self.settings.anchor)

    @property
    def groups_parent(self) -> TablePlan:
        """The table whose rows these belong to, for a table `per` parent."""
        assert self.spec.per
        return self.parent(self.spec.per.parent)

    def count(self, clock: datetime) -> int:
        """Rows with a time before the clock; all rows of a table without time."""
        if self.groups:
            return self.groups.before(self.groups_parent.count(clock))
        if self.timeline:
            return self.timeline.count(micros(clock))
        return self.spec.rows or 0

    def surely_before(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many rows, from the first on, are certain to lie at or before each time: what a child may refer to."""
        if self.groups:
            return self.groups.before_each(self.groups_parent.surely_before(times))
        if self.timeline:
            return self.timeline.whole_before(times)
        return np.full(len(times), self.rows_at_anchor, dtype=np.int64)
