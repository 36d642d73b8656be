"""The API for authors of generators: base class, registry, rows to make, foreign keys."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, create_model

from sbdk.core.registry import Registry
from sbdk.datasets.declared.arrays import only_where
from sbdk.synth.cells import U64, bits, cell_key

if TYPE_CHECKING:
    from pathlib import Path

    from sbdk.core.errors import ConfigError
    from sbdk.spec.dataset import Table
    from sbdk.spec.world import WorldSettings
    from sbdk.synth.relations import Groups
    from sbdk.synth.timeline import Timeline


class TableContext(Protocol):
    """The planned table that a generator's column is of, and the tables planned before it.

    time: the column that rows ascend by. timeline: set by the generator that `ascends`. prepared: by column, what
    `prepare` returned.
    """

    name: str
    spec: Table
    seed: int
    file: Path | None
    settings: WorldSettings
    generators: dict[str, Generator]
    time: str | None
    timeline: Timeline | None
    prepared: dict[str, Any]

    @property
    def relations(self) -> dict[str, Relation]:
        """Foreign keys by column."""

    @property
    def groups(self) -> Groups | None:
        """Of a table `per` another: which rows belong to which of its rows."""

    @property
    def rows_at_anchor(self) -> int: ...

    def parent(self, table: str) -> TableContext:
        """A table planned before this one, or this one."""

    def relation(self, column: str) -> Relation:
        """The foreign key in `column`; ConfigError if it is none."""

    def values(self, name: str, rows: Rows) -> pa.Array:
        """Column `name` of `rows`: made, converted, some of it null, as declared."""

    def chunk(self, numbers: U64) -> Chunk:
        """Rows by number, of which columns can be made."""

    def surely_before(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many rows, from the first on, are certain to lie at or before each time."""

    def error(self, column: str, problem: str, hint: str | None = None) -> ConfigError:
        """A ConfigError with the place in the declaration."""


class Generator(BaseModel, ABC):
    """One way of making a column. Its fields are the options that a data set may give it.

    Write `make`; a value must depend on nothing but `rows` and the options. Override `reads` when it looks at other
    columns of the row, and `prepare` when something can be computed once for all rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    unique: ClassVar[bool] = False
    """True promises that no two rows have the same value; only such a column can be a key on its own."""

    version: ClassVar[int] = 1
    """Raised when it makes other values than before: tables with it are then reloaded."""

    written_in: ClassVar[str | None] = None
    """The file of a user's generator; what it holds decides the values. Found out when it is registered."""

    ascends: ClassVar[bool] = False
    """True of the one generator that sets a table's times, and with them how many rows there are before a clock."""

    @abstractmethod
    def make(self, rows: Rows) -> Any:
        """The values of `rows`, in their order: an Arrow array, a NumPy array or a list."""

    def reads(self) -> tuple[str, ...]:
        """Columns of the same table that `make` asks for."""
        return ()

    def tables(self) -> tuple[str, ...]:
        """Other tables that it looks at."""
        return ()

    def prepare(self, table: TableContext, column: str) -> Any:
        """The value of `rows.prepared` in `make`. Raises `table.error(column, …)` if the options are not valid here."""
        return None

    def copies(self, table: TableContext) -> tuple[str, str] | None:
        """The table and column whose values, in the order of these rows, it repeats."""
        return None

    def upper(self) -> float | None:
        """The greatest possible value; None if unknown. Required of a column that weighs foreign keys."""
        return None


generators: Registry[type[Generator]] = Registry("generator", "sbdk.generators")


def generator(name: str, *, unique: bool = False) -> Callable[[Any], Any]:
    """Register a Generator class, or a function `f(rows, *, option=default, …)`, under `name`."""

    def add(item: Any) -> Any:
        kind: type[Generator] = item if isinstance(item, type) else from_function(item, unique=unique)
        kind.written_in = inspect.getsourcefile(item)
        generators.register(name, kind, module=item.__module__)
        return item

    return add


def from_function(function: Callable[..., Any], *, unique: bool = False) -> type[Generator]:
    """A generator class whose `make` calls `function`; the parameters after the first are its options."""
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    fields: dict[str, Any] = {
        p.name: (Any if p.annotation is p.empty else p.annotation, ... if p.default is p.empty else p.default)
        for p in parameters
    }
    base = create_model(function.__name__, __base__=Generator, __module__=function.__module__, **fields)

    def make(self: Generator, rows: Rows) -> Any:
        return function(rows, **{name: getattr(self, name) for name in fields})

    members: dict[str, Any] = {"make": make, "unique": unique, "written_as": staticmethod(function)}
    members |= {"__module__": function.__module__, "__doc__": function.__doc__}
    meta: Any = type(Generator)
    kind: type[Generator] = meta(function.__name__, (base,), members)
    return kind


class Chunk:
    """Rows of `table` by number (0-based, in any order), and the columns made so far."""

    def __init__(self, table: TableContext, numbers: U64) -> None:
        self.table = table
        self.numbers = numbers
        self._columns: dict[str, pa.Array] = {}
        self._parents: dict[str, tuple[Chunk, NDArray[np.bool_] | None]] = {}

    def column(self, name: str) -> pa.Array:
        """The values of one column."""
        if name not in self._columns:
            self._columns[name] = self.table.values(name, Rows(self, name))
        return self._columns[name]

    def parents(self, name: str) -> tuple[Chunk, NDArray[np.bool_] | None]:
        """The rows that the foreign key `name` refers to, in the order of these rows, and where there are any."""
        if name not in self._parents:
            relation = self.table.relation(name)
            link = relation.link(Rows(self, name))
            parent = self.table.parent(relation.target(self.table))
            self._parents[name] = parent.chunk(link.rows), link.present
        return self._parents[name]


class Rows:
    """The rows that a generator makes, with its random bits and the other columns of the rows."""

    def __init__(self, chunk: Chunk, name: str) -> None:
        self.chunk = chunk
        self.name = name

    def __len__(self) -> int:
        return len(self.chunk.numbers)

    @property
    def numbers(self) -> U64:
        """Row numbers, 0-based. Not always consecutive: children request the parents they need."""
        return self.chunk.numbers

    @property
    def prepared(self) -> Any:
        """What this column's generator returned from `prepare`."""
        return self.chunk.table.prepared[self.name]

    def key(self, salt: str = "") -> np.uint64:
        """The key of this column's random bits; another `salt` gives an independent one."""
        table = self.chunk.table
        return cell_key(table.seed, table.name, f"{self.name}/{salt}" if salt else self.name)

    def bits(self, salt: str = "") -> U64:
        """64 random bits for each row, the same whenever and wherever the row is made."""
        return bits(self.key(salt), self.numbers)

    def column(self, name: str) -> pa.Array:
        """Another column of the same rows; it must be listed in the generator's `reads`."""
        return self.chunk.column(name)


@dataclass(frozen=True)
class Link:
    """Row numbers in the parent; `present` is False where there is no parent and the key is null (None: nowhere)."""

    rows: U64
    present: NDArray[np.bool_] | None = None


class Relation(Generator):
    """A foreign key. Its values are the parent's key, recomputed wherever they are needed and never stored."""

    @abstractmethod
    def target(self, table: TableContext) -> str:
        """The name of the table that the foreign keys of `table` refer to."""

    @abstractmethod
    def link(self, rows: Rows) -> Link:
        """The parent's row for each row."""

    def make(self, rows: Rows) -> Any:
        chunk, present = rows.chunk.parents(rows.name)
        values = chunk.column(chunk.table.spec.key[0])
        return values if present is None else only_where(values, present)

    def check_key(self, table: TableContext, column: str) -> None:
        """A foreign key is one column, so the parent's key must be too."""
        parent = table.parent(self.target(table))
        if len(parent.spec.key) != 1:
            problem = f"the key of {parent.name} has {len(parent.spec.key)} columns; a foreign key needs one"
            raise table.error(column, problem)
