"""Evaluates the clauses of a table on Arrow batches, in DuckDB: which rows break which, and converted columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import RowClause
from sbdk.contracts.document import TableContract
from sbdk.contracts.row_clauses import row_clauses, typed_columns
from sbdk.core.errors import ConfigError
from sbdk.core.sql import quoted

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

_BITS = 63  # clauses per mask


@dataclass(frozen=True)
class Compiled:
    """The clauses for one schema of batches, the query of their masks, and by column the SQL of converted values."""

    columns: tuple[str, ...]
    clauses: list[RowClause]
    masks: str
    typed: Mapping[str, str]


@dataclass(frozen=True)
class BrokenClauses:
    """What the rows of a batch break: per 63 clauses an array with a set of bits for each row."""

    masks: list[np.ndarray]

    def rows(self, index: int) -> np.ndarray | None:
        """For each row whether it breaks the clause of that index; None if none does."""
        import numpy as np

        mask = self.masks[index // _BITS]
        broken = (mask >> np.uint64(index % _BITS)) & np.uint64(1) == 1 if mask.any() else None
        return broken if broken is not None and broken.any() else None


class ClauseEngine:
    """Compiles and evaluates the clauses of one table; for one thread at a time."""

    def __init__(self, table: TableContract) -> None:
        self.table = table
        self._compiled: dict[Any, Compiled] = {}

    def compile(self, batch: pa.Table) -> Compiled:
        """The clauses for the schema of a batch. ConfigError for a clause that is no SQL for these types."""
        if batch.schema not in self._compiled:
            with self._registered(batch):
                kinds = self._describe("SELECT * FROM batch")
                clauses = row_clauses(self.table, kinds, lambda kind: self._describe(f"SELECT unnest(NULL::{kind})"))
                self._check(clauses)
            query = _masks_query(clauses)
            self._compiled[batch.schema] = Compiled(tuple(kinds), clauses, query, typed_columns(self.table, kinds))
        return self._compiled[batch.schema]

    def broken(self, compiled: Compiled, batch: pa.Table) -> BrokenClauses:
        """Evaluate the clauses on each row."""
        if not compiled.clauses:
            return BrokenClauses([])
        with self._registered(batch):
            found = self._connection.execute(compiled.masks).fetchnumpy()
        return BrokenClauses([found[name] for name in sorted(found, key=lambda each: int(each[1:]))])

    def converted(self, compiled: Compiled, batch: pa.Table) -> pa.Table:
        """The batch with values of another type than the contract's as that type."""
        columns = [f"{compiled.typed.get(name, quoted(name))} AS {quoted(name)}" for name in batch.column_names]
        with self._registered(batch):
            return self._connection.sql(f"SELECT {', '.join(columns)} FROM batch").to_arrow_table()

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        return duckdb.connect()

    @contextmanager
    def _registered(self, batch: pa.Table) -> Iterator[None]:
        self._connection.register("batch", batch)
        try:
            yield
        finally:
            self._connection.unregister("batch")

    def _describe(self, query: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._connection.execute(f"DESCRIBE {query}").fetchall()}

    def _check(self, clauses: list[RowClause]) -> None:
        import duckdb

        for clause in clauses:
            try:
                self._connection.execute(f"SELECT {clause.broken} FROM batch LIMIT 1").fetchall()
            except duckdb.Error as error:
                text = str(error).splitlines()[0]
                raise ConfigError(f"{self.table.table}.{clause.rule}: {text}", file=self.table.contract.file) from error


def _masks_query(clauses: list[RowClause]) -> str:
    masks = []
    for start in range(0, len(clauses), _BITS):
        bits = [
            f"CASE WHEN {clause.broken} THEN {1 << bit}::UBIGINT ELSE 0::UBIGINT END"
            for bit, clause in enumerate(clauses[start : start + _BITS])
        ]
        masks.append(f"{' | '.join(bits)} AS m{start // _BITS}")
    return f"SELECT {', '.join(masks)} FROM batch"
