"""What makes a column: the base class, the registry of all generators, and functions as generators."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, create_model

from sbdk.core.registry import Registry

if TYPE_CHECKING:
    from sbdk.datasets.declared.rows import Rows
    from sbdk.datasets.declared.table import TablePlan


class Generator(BaseModel, ABC):
    """One way of making a column. Its fields are the options that a data set may give it.

    Write `make`; a value must depend on nothing but `rows` and the options. Override `reads` when it looks at other
    columns of the row, and `prepare` when something can be worked out once for all rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    unique: ClassVar[bool] = False
    """True promises that no two rows have the same value; only such a column can be a key on its own."""

    version: ClassVar[int] = 1
    """Raised when it makes other values than before: tables with it are then loaded anew."""

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

    def prepare(self, table: TablePlan, column: str) -> Any:
        """What `make` finds in `rows.prepared`. Raises `table.error(column, …)` when the options make no sense here."""
        return None

    def copies(self, table: TablePlan) -> tuple[str, str] | None:
        """The table and column whose values, in the order of these rows, it repeats."""
        return None

    def upper(self) -> float | None:
        """No value is above this; None when nobody knows. Needed of a column that weighs foreign keys."""
        return None


generators: Registry[type[Generator]] = Registry("generator", "sbdk.generators")


def generator(name: str, *, unique: bool = False) -> Callable[[Any], Any]:
    """Register a Generator class, or a function `f(rows, *, option=default, …)`, under `name`."""

    def add(item: Any) -> Any:
        made = item if isinstance(item, type) else from_function(item, unique=unique)
        generators.register(name, made, origin=item.__module__)
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
