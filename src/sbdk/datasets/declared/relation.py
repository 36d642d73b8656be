"""What all foreign keys have in common: a table they refer to, and for each row the row there."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64
from sbdk.datasets.declared.arrays import only_where
from sbdk.datasets.declared.api import Generator

if TYPE_CHECKING:
    from sbdk.datasets.declared.rows import Rows
    from sbdk.datasets.declared.table import TablePlan


@dataclass(frozen=True)
class Link:
    """Row numbers in the parent; `present` is False where there is no parent and the key is null (None: nowhere)."""

    rows: U64
    present: NDArray[np.bool_] | None = None


class Relation(Generator):
    """A foreign key. Its values are the parent's key, made again wherever they are needed and never stored."""

    @abstractmethod
    def target(self, table: TablePlan) -> str:
        """The name of the table that the foreign keys of `table` refer to."""

    @abstractmethod
    def link(self, rows: Rows) -> Link:
        """The parent's row for each row."""

    def make(self, rows: Rows) -> Any:
        chunk, present = rows.chunk.parents(rows.name)
        values = chunk.column(chunk.table.spec.key[0])
        return values if present is None else only_where(values, present)

    def check_key(self, table: TablePlan, column: str) -> None:
        """A foreign key is one column, so the parent's key must be too."""
        parent = table.parent(self.target(table))
        if len(parent.spec.key) != 1:
            problem = f"the key of {parent.name} has {len(parent.spec.key)} columns; a foreign key needs one"
            raise table.error(column, problem)
