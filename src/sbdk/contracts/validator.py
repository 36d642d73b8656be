"""Validates batches of rows against the contract of their table, before they are loaded."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import RowClause
from sbdk.contracts.clause_engine import ClauseEngine, Compiled
from sbdk.contracts.document import TableContract, column_name
from sbdk.contracts.masking import masked
from sbdk.contracts.personal_data import personal_columns
from sbdk.contracts.records import as_batch, as_record, shape
from sbdk.core.errors import SourceError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

Name = Callable[[str], str]
"""From a name in the source to that in the warehouse."""


_DLT_TYPES = {
    "string": ("text",), "integer": ("bigint", "decimal", "wei"), "number": ("bigint", "decimal", "double", "wei"),
    "boolean": ("bool",), "date": ("date",), "time": ("time",), "timestamp": ("timestamp", "date"),
}  # fmt: skip
"""By logical type: the types of dlt whose values stay as they are."""


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
class _Batch:
    """Rows that are judged together: `table` under the names of the warehouse, `rows` as they came, and the number of
    each in its source."""

    table: pa.Table
    rows: Any
    positions: Sequence[int]


@dataclass(frozen=True)
class _Verdict:
    """`kept`: which rows stay. `nulled`: by column, the rows whose value is dropped."""

    compiled: Compiled
    kept: np.ndarray
    nulled: Mapping[str, np.ndarray]


class RowValidator:
    """Validates the rows of one table: Arrow tables, record batches, dicts and lists of dicts, from several threads.

    `name`: from a column's name in the source to that in the warehouse. `source`: where rows come from that have no
    column `_source`. The rows that may be loaded are returned in the form in which they came, with values of another
    type than the contract's converted; the others are in `tally`.
    """

    def __init__(self, table: TableContract, name: Name = str, source: str = "") -> None:
        self.table = table
        self.name = name
        self.source = source
        self.tally = Tally()
        self._engine = ClauseEngine(table)
        self._logical = {column_name(each): str(each.logicalType) for each in table.schema.properties or []}
        self._known = set(self._logical)
        self._lock = threading.Lock()

    def __call__(self, item: Any) -> Any:
        """The item without the rows that were set aside; None when nothing is left. SourceError if a clause says so."""
        with self._lock:
            if isinstance(item, dict):
                return next(iter(self._rows([item])), None)
            if isinstance(item, list) and item and all(isinstance(each, dict) for each in item):
                return self._rows(item) or None
            if hasattr(item, "schema") and hasattr(item, "num_rows"):
                return self._arrow(item) if item.num_rows else item
            return item

    def converts(self, column: str, data_type: str) -> bool:
        """Whether values of a column that the source declares as a type of dlt's get another one by the contract."""
        known = _DLT_TYPES.get(self._logical.get(self.name(column), ""))
        return bool(known and data_type) and data_type not in (known or ())

    # ---- the two forms of rows

    def _arrow(self, item: Any) -> Any:
        import pyarrow as pa

        given = pa.Table.from_batches([item]) if isinstance(item, pa.RecordBatch) else item
        table = given.rename_columns([self.name(each) for each in given.column_names])
        verdict = self._judge(_Batch(table, given, self._numbers(table.num_rows)))
        left_out = [each for each in table.column_names if self._drops(each)]
        if verdict.kept.all() and not (verdict.compiled.typed or verdict.nulled or left_out):
            return item
        loaded = self._engine.converted(verdict.compiled, table) if verdict.compiled.typed else table
        loaded = _without_values(loaded, verdict.nulled).rename_columns(given.column_names)
        loaded = loaded.select([each for each in given.column_names if self.name(each) not in left_out])
        loaded = loaded.filter(pa.array(verdict.kept))
        return loaded if loaded.num_rows else None

    def _rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of one type in each column are judged together, others apart: each is judged as if it were alone."""
        positions = self._numbers(len(rows))
        table = as_batch(rows, self._known, self.name)
        if table is not None:
            return [row for row in self._alike(_Batch(table, rows, positions)) if row is not None]
        groups: dict[Any, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            groups[shape(row)].append(index)
        kept: list[dict[str, Any] | None] = [None] * len(rows)
        for indexes in groups.values():
            for part in self._parts([rows[index] for index in indexes], [positions[index] for index in indexes]):
                for position, judged in zip(part.positions, self._alike(part), strict=True):
                    kept[position - positions[0]] = judged
        return [row for row in kept if row is not None]

    def _parts(self, rows: list[dict[str, Any]], positions: list[int]) -> Iterable[_Batch]:
        """The rows as one batch; each alone if Arrow has no type for all of them."""
        table = as_batch(rows, self._known, self.name)
        if table is not None:
            return [_Batch(table, rows, positions)]
        alone = [([row], [position]) for row, position in zip(rows, positions, strict=True)]
        return [_Batch(as_batch(row, self._known, self.name, alone=True), row, at) for row, at in alone]

    def _alike(self, batch: _Batch) -> list[dict[str, Any] | None]:
        """Each row as it is loaded, or None."""
        verdict = self._judge(batch)
        typed = verdict.compiled.typed
        converted = self._engine.converted(verdict.compiled, batch.table).select(list(typed)) if typed else None
        changes = converted is not None or verdict.nulled or self.table.new_columns == "drop"
        return [
            (self._changed(row, index, converted, verdict.nulled) if changes else row) if verdict.kept[index] else None
            for index, row in enumerate(batch.rows)
        ]

    def _changed(
        self, row: dict[str, Any], index: int, converted: pa.Table | None, nulled: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """A copy of a row with converted values, NULL in place of those that are dropped, and without new columns."""
        changed = {key: value for key, value in row.items() if not self._drops(self.name(str(key)))}
        for key in changed:
            name = self.name(str(key))
            if converted is not None and name in converted.column_names:
                changed[key] = converted.column(name)[index].as_py()
            if name in nulled and nulled[name][index]:
                changed[key] = None
        return changed

    def _numbers(self, rows: int) -> range:
        """The numbers of the next rows of the source."""
        first = self.tally.read
        self.tally.read += rows
        return range(first, first + rows)

    # ---- what becomes of a row

    def _judge(self, batch: _Batch) -> _Verdict:
        """Set aside the rows that break a clause, by the first one that they break; count all of them."""
        import numpy as np

        compiled = self._engine.compile(batch.table)
        self._refuse_new(compiled.columns)
        broken = self._engine.broken(compiled, batch.table)
        kept = np.ones(batch.table.num_rows, dtype=bool)
        nulled: dict[str, np.ndarray] = {}
        for index, clause in enumerate(compiled.clauses):
            rows = broken.rows(index)
            if rows is not None and (rows := rows & kept).any():
                self._apply(clause, rows, batch)
                if clause.action == "quarantine":
                    kept &= ~rows
                elif clause.action == "drop value":
                    nulled[clause.column] = rows | nulled.get(clause.column, False)
        self.tally.passed += int(kept.sum())
        return _Verdict(compiled, kept, nulled)

    def _apply(self, clause: RowClause, rows: np.ndarray, batch: _Batch) -> None:
        numbers = [int(each) for each in rows.nonzero()[0]]
        if clause.action == "fail":
            raise self._broken(clause, as_record(batch.rows, numbers[0]))
        if clause.action == "warn":
            self.tally.warned[clause.rule] += len(numbers)
        elif clause.action == "drop value":
            self.tally.nulled[clause.rule] += len(numbers)
        else:
            self.tally.rejected += [
                RejectedRow(
                    clause.rule,
                    clause.reason,
                    as_record(batch.rows, row),
                    self._source(batch, row),
                    batch.positions[row],
                )
                for row in numbers
            ]

    def _broken(self, clause: RowClause, record: str) -> SourceError:
        shown = masked(record, personal_columns(self.table.schema), self.name)
        message = f"{self.table.table}: {clause.reason}, and the contract says that the run fails: {shown:.300}"
        return SourceError(message, file=self.table.contract.file, hint="fix the row at its source, or the clause")

    def _source(self, batch: _Batch, row: int) -> str:
        named = batch.table.column("_source")[row].as_py() if "_source" in batch.table.column_names else None
        return str(named or self.source)

    def _refuse_new(self, columns: Iterable[str]) -> None:
        new = [each for each in columns if each not in self._known and not each.startswith("_") and each]
        if new and self.table.new_columns == "fail":
            raise SourceError(
                f"{self.table.table}.{new[0]}: a new column came, and the contract says that it fails",
                file=self.table.contract.file,
                hint="add it to the properties of the table, or set newColumns to allow or drop",
            )

    def _drops(self, name: str) -> bool:
        """Whether a column is left out: one that the contract does not name, nor sbdk or dlt for their own use."""
        return self.table.new_columns == "drop" and name not in self._known and not name.startswith("_")


def _without_values(table: pa.Table, nulled: Mapping[str, np.ndarray]) -> pa.Table:
    """The table with NULL in place of some values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, rows in nulled.items():
        column = table.column(name)
        at = table.column_names.index(name)
        table = table.set_column(at, name, pc.if_else(pa.array(rows), pa.scalar(None, column.type), column))
    return table
