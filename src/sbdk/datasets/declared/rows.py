"""Some rows of one table while their columns are made. Every column is made at most once, whoever asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits, cell_key

if TYPE_CHECKING:
    from sbdk.datasets.declared.table import TablePlan


class Chunk:
    """Rows of `table` by their numbers (0-based, in any order), and what has been made of them."""

    def __init__(self, table: TablePlan, numbers: U64) -> None:
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
    """The rows that a generator is asked to make, and where it gets its chance and its neighbours from."""

    def __init__(self, chunk: Chunk, name: str) -> None:
        self.chunk = chunk
        self.name = name

    def __len__(self) -> int:
        return len(self.chunk.numbers)

    @property
    def numbers(self) -> U64:
        """Row numbers, 0-based. Not always consecutive: children ask for the parents they need."""
        return self.chunk.numbers

    @property
    def prepared(self) -> Any:
        """What this column's generator returned from `prepare`."""
        return self.chunk.table.prepared[self.name]

    def key(self, salt: str = "") -> np.uint64:
        """The key of this column's chance; another `salt` gives an independent one."""
        table = self.chunk.table
        return cell_key(table.seed, table.name, f"{self.name}/{salt}" if salt else self.name)

    def bits(self, salt: str = "") -> U64:
        """64 random bits for each row, the same whenever and wherever the row is made."""
        return bits(self.key(salt), self.numbers)

    def column(self, name: str) -> pa.Array:
        """Another column of the same rows; it must be listed in the generator's `reads`."""
        return self.chunk.column(name)
