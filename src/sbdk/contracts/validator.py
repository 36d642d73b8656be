"""Validates batches of rows against the contract of their table, before they are loaded."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import RowClause
from sbdk.contracts.document import TableContract, column_name
from sbdk.contracts.records import as_batch, as_record
from sbdk.contracts.row_clauses import row_clauses, typed_columns
from sbdk.core.errors import ConfigError, SourceError
from sbdk.core.sql import quoted

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

_BITS = 63  # clauses per mask
Name = Callable[[str], str]
"""From a name in the source to that in the warehouse."""


@dataclass(frozen=True)
class RejectedRow:
    """A row that broke a clause: the rule, why, the whole record as JSON, where it comes from, its number there."""

    rule: str
    reason: str
    record: str
    source: str
    position: int


@dataclass
class Tally:
    """What became of the rows of one table in one run. `nulled` counts values; the others count rows."""

    read: int = 0
    passed: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    warned: Counter[str] = field(default_factory=Counter)
    nulled: Counter[str] = field(default_factory=Counter)

    @property
    def conserved(self) -> bool:
        """Whether each row that was read is accounted for."""
        return self.read == self.passed + len(self.rejected)


@dataclass(frozen=True)
class _Compiled:
    """The clauses for one schema of batches, the query of their masks, and that of the batch as it is loaded."""

    clauses: list[RowClause]
    masks: str
    typed: Mapping[str, str]


class RowValidator:
    """Validates the rows of one table: Arrow tables, record batches, dicts and lists of dicts, from several threads.

    `name`: from a column's name in the source to that in the warehouse. `source`: what rows come from that have no
    column `_source`. The rows that may be loaded are returned in the type in which they came, with values of another
    type than the contract's converted; the others are in `tally`.
    """

    def __init__(self, table: TableContract, name: Name = str, source: str = "") -> None:
        self.table = table
        self.name = name
        self.source = source
        self.tally = Tally()
        self._compiled: dict[Any, _Compiled] = {}
        self._lock = threading.Lock()

    def __call__(self, item: Any) -> Any:
        """The item without the rows that were set aside; None when nothing is left. SourceError if a clause says so."""
        if isinstance(item, dict):
            kept = self._rows([item])
            return kept[0] if kept else None
        if isinstance(item, list) and item and all(isinstance(each, dict) for each in item):
            return self._rows(item) or None
        if hasattr(item, "schema") and hasattr(item, "num_rows"):
            return self._arrow(item)
        return item

    # ---- the two forms of rows

    def _arrow(self, item: Any) -> Any:
        import pyarrow as pa

        batch = pa.Table.from_batches([item]) if isinstance(item, pa.RecordBatch) else item
        if not batch.num_rows:
            return item
        renamed = batch.rename_columns([self.name(each) for each in batch.column_names])
        with self._lock:
            compiled = self._compile(renamed)
            masks = self._masks(compiled, renamed)
            kept = self._judge(compiled, masks, renamed, lambda index: as_record(batch, index))
            if kept is None and not compiled.typed:
                return item
            loaded = renamed if not compiled.typed else self._converted(compiled, renamed)
        loaded = self._without_values(compiled, masks, loaded)
        loaded = loaded.rename_columns(batch.column_names)
        if kept is not None:
            loaded = loaded.filter(pa.array(kept))
        return loaded if loaded.num_rows else None

    def _rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        columns = [column_name(each) for each in self.table.schema.properties or []]
        batch = as_batch(rows, columns, self.name)
        if batch is None:  # nested values of different shapes: each alone has one
            return [kept for row in rows for kept in self._rows([row])]
        with self._lock:
            compiled = self._compile(batch)
            masks = self._masks(compiled, batch)
            kept = self._judge(compiled, masks, batch, lambda index: as_record(rows, index))
            converted = self._converted(compiled, batch).select(list(compiled.typed)) if compiled.typed else None
        nulled = self._nulled(compiled, masks)
        out = []
        for index, row in enumerate(rows):
            if kept is not None and not kept[index]:
                continue
            if converted is not None or nulled:
                row = self._changed(row, index, converted, nulled)
            out.append(row)
        return out

    def _changed(
        self, row: dict[str, Any], index: int, converted: pa.Table | None, nulled: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """A copy of a row with converted values, and NULL in place of those that a clause drops."""
        changed = dict(row)
        for key in row:
            name = self.name(str(key))
            if converted is not None and name in converted.column_names:
                changed[key] = converted.column(name)[index].as_py()
            if name in nulled and nulled[name][index]:
                changed[key] = None
        return changed

    # ---- clauses

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        return duckdb.connect()

    def _compile(self, batch: pa.Table) -> _Compiled:
        known = self._compiled.get(batch.schema)
        if known is not None:
            return known
        self._connection.register("batch", batch)
        try:
            kinds = self._describe("SELECT * FROM batch")
            clauses = row_clauses(self.table, kinds, self._children)
            self._new_columns(kinds)
            compiled = _Compiled(clauses, _masks_query(clauses), typed_columns(self.table, kinds))
            self._check(compiled)
        finally:
            self._connection.unregister("batch")
        self._compiled[batch.schema] = compiled
        return compiled

    def _describe(self, query: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._connection.execute(f"DESCRIBE {query}").fetchall()}

    def _children(self, kind: str) -> dict[str, str]:
        return self._describe(f"SELECT unnest(NULL::{kind})")

    def _new_columns(self, kinds: Mapping[str, str]) -> None:
        known = {column_name(each) for each in self.table.schema.properties or []}
        new = [each for each in kinds if each not in known and not each.startswith("_")]
        if new and self.table.new_columns == "fail":
            raise SourceError(
                f"{self.table.table}.{new[0]}: a new column came, and the contract says that it fails",
                file=self.table.contract.file,
                hint="add it to the properties of the table, or set newColumns to allow or drop",
            )

    def _check(self, compiled: _Compiled) -> None:
        """ConfigError for a clause that is no SQL for this type: a bad regular expression, a bound of another type."""
        import duckdb

        for clause in compiled.clauses:
            try:
                self._connection.execute(f"SELECT {clause.broken} FROM batch LIMIT 1").fetchall()
            except duckdb.Error as error:
                text = str(error).splitlines()[0]
                raise ConfigError(f"{self.table.table}.{clause.rule}: {text}", file=self.table.contract.file) from error

    def _masks(self, compiled: _Compiled, batch: pa.Table) -> list[np.ndarray]:
        """Per 63 clauses: an array of bit sets, one for each row, of the clauses that it breaks."""
        if not compiled.clauses:
            return []
        self._connection.register("batch", batch)
        try:
            found = self._connection.execute(compiled.masks).fetchnumpy()
        finally:
            self._connection.unregister("batch")
        return [found[name] for name in sorted(found, key=lambda each: int(each[1:]))]

    def _converted(self, compiled: _Compiled, batch: pa.Table) -> pa.Table:
        columns = [f"{compiled.typed.get(name, quoted(name))} AS {quoted(name)}" for name in batch.column_names]
        self._connection.register("batch", batch)
        try:
            return self._connection.sql(f"SELECT {', '.join(columns)} FROM batch").to_arrow_table()
        finally:
            self._connection.unregister("batch")

    # ---- what becomes of a row

    def _judge(
        self, compiled: _Compiled, masks: list[np.ndarray], batch: pa.Table, record: Callable[[int], str]
    ) -> np.ndarray | None:
        """Count the rows, and set aside those that broke a clause. Which rows stay; None: all."""
        import numpy as np

        first, rows = self.tally.read, batch.num_rows
        self.tally.read += rows
        kept = np.ones(rows, dtype=bool)
        for index, clause in enumerate(compiled.clauses):
            mask = masks[index // _BITS]
            if not mask.any():
                continue
            broken = (mask >> np.uint64(index % _BITS)) & np.uint64(1) == 1
            if broken.any():
                self._apply(clause, broken & kept, kept, record, lambda at: self._source(batch, at), first)
        self.tally.passed += int(kept.sum())
        return None if kept.all() else kept

    def _apply(
        self,
        clause: RowClause,
        broken: np.ndarray,
        kept: np.ndarray,
        record: Callable[[int], str],
        source: Callable[[int], str],
        first: int,
    ) -> None:
        rows = [int(each) for each in broken.nonzero()[0]]
        if not rows:
            return
        if clause.action == "fail":
            raise self._broken(clause, record(rows[0]))
        if clause.action == "warn":
            self.tally.warned[clause.rule] += len(rows)
        elif clause.action == "drop value":
            self.tally.nulled[clause.rule] += len(rows)
        else:
            kept[rows] = False
            self.tally.rejected += [
                RejectedRow(clause.rule, clause.reason, record(row), source(row), first + row) for row in rows
            ]

    def _broken(self, clause: RowClause, record: str) -> SourceError:
        message = f"{self.table.table}: {clause.reason}, and the contract says that the run fails: {record:.300}"
        return SourceError(message, file=self.table.contract.file, hint="fix the row at its source, or the clause")

    def _source(self, batch: pa.Table, row: int) -> str:
        named = batch.column("_source")[row].as_py() if "_source" in batch.column_names else None
        return str(named or self.source)

    def _nulled(self, compiled: _Compiled, masks: list[np.ndarray]) -> dict[str, np.ndarray]:
        """By column: the rows whose value is dropped."""
        import numpy as np

        found: dict[str, np.ndarray] = {}
        for index, clause in enumerate(compiled.clauses):
            if clause.action == "drop value":
                broken = (masks[index // _BITS] >> np.uint64(index % _BITS)) & np.uint64(1) == 1
                if broken.any():
                    found[clause.column] = broken | found.get(clause.column, False)
        return found

    def _without_values(self, compiled: _Compiled, masks: list[np.ndarray], batch: pa.Table) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        for name, broken in self._nulled(compiled, masks).items():
            column = batch.column(name)
            at = batch.column_names.index(name)
            batch = batch.set_column(at, name, pc.if_else(pa.array(broken), pa.scalar(None, column.type), column))
        if self.table.new_columns == "drop":
            known = {column_name(each) for each in self.table.schema.properties or []}
            batch = batch.select([each for each in batch.column_names if each in known or each.startswith("_")])
        return batch


def _masks_query(clauses: list[RowClause]) -> str:
    masks = []
    for start in range(0, len(clauses), _BITS):
        bits = [
            f"CASE WHEN {clause.broken} THEN {1 << bit}::UBIGINT ELSE 0::UBIGINT END"
            for bit, clause in enumerate(clauses[start : start + _BITS])
        ]
        masks.append(f"{' | '.join(bits)} AS m{start // _BITS}")
    return f"SELECT {', '.join(masks)} FROM batch"
