"""Judges a table that was loaded: keys, relationships and figures, which no single batch can show; rows, if asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import KeyClause, ReferenceClause, RowClause, TableClause, given
from sbdk.contracts.document import TableContract
from sbdk.contracts.row_clauses import row_clauses
from sbdk.contracts.table_clauses import key_clauses, reference_clauses, table_clauses
from sbdk.core.errors import ConfigError, QueryError
from sbdk.core.sql import qualified, quoted

if TYPE_CHECKING:
    from sbdk.contracts.quarantine import QuarantineTable
    from sbdk.targets.base import Connection


@dataclass(frozen=True)
class BrokenRows:
    """A clause that rows of the table break. `where`: SQL over the table `t`, true for those rows."""

    clause: RowClause | KeyClause | ReferenceClause
    where: str
    rows: int


@dataclass(frozen=True)
class BrokenFigure:
    """A figure of the table that the contract does not allow."""

    clause: TableClause
    value: Any


class TableJudge:
    """Judges `schema.table` by its contract. `now`: for the ages of service levels, naive UTC."""

    def __init__(self, connection: Connection, table: TableContract, schema: str, now: datetime) -> None:
        self.connection = connection
        self.table = table
        self.schema = schema
        self.now = now
        self.name = qualified(schema, table.table)
        self.kinds = {column.name: column.type for column in connection.columns(table.table, schema)}

    def broken_rows(self, *, each_row: bool) -> Iterator[BrokenRows]:
        """The clauses that rows break: keys and relationships and, if `each_row`, those on single rows.

        Each is counted when it is asked for: a row that was moved for an earlier clause breaks no later one.
        """
        for clause, where in self._conditions(each_row=each_row):
            if rows := self._count(clause.rule, where):
                yield BrokenRows(clause, where, rows)

    def move(self, broken: BrokenRows, quarantine: QuarantineTable) -> None:
        """Move the rows that break a clause from the table to its quarantine."""
        own = [name for name in self.kinds if not name.startswith("_dlt_")]
        record = f"to_json(struct_pack({', '.join(f'{quoted(name)} := {quoted(name)}' for name in own)}))::VARCHAR"
        source = "_source" if "_source" in self.kinds else "''"
        rows = f"SELECT {record} AS record, {source} AS source, rowid AS position FROM {self.name} WHERE {broken.where}"
        quarantine.add_selected(rows, broken.clause.rule, broken.clause.reason)
        self.connection.execute(f"DELETE FROM {self.name} WHERE {broken.where}")

    def broken_figures(self) -> list[BrokenFigure]:
        """The figures that the contract does not allow. ConfigError for a rule that is no SQL."""
        clauses = table_clauses(self.table) if self.kinds else []
        judged = [(clause, *self._figure(clause)) for clause in clauses]
        return [BrokenFigure(clause, value) for clause, value, kept in judged if not kept]

    def _conditions(self, *, each_row: bool) -> list[tuple[RowClause | KeyClause | ReferenceClause, str]]:
        found: list[tuple[RowClause | KeyClause | ReferenceClause, str]] = []
        if not self.kinds:  # nothing was loaded yet
            return found
        if each_row:
            clauses = row_clauses(self.table, self.kinds, self._children)
            found += [(clause, f"coalesce({clause.broken}, false)") for clause in clauses]
        keys = [each for each in key_clauses(self.table) if set(each.columns) <= self.kinds.keys()]
        found += [(clause, self._repeated(clause.columns)) for clause in keys]
        for reference in reference_clauses(self.table):
            if set(reference.columns) <= self.kinds.keys() and self.connection.columns(reference.parent, self.schema):
                found.append((reference, self._orphaned(reference)))
        return found

    def _repeated(self, columns: Sequence[str]) -> str:
        """All rows of a value but the first that was loaded."""
        listed = ", ".join(map(quoted, columns))
        first = f"SELECT min(rowid) FROM {self.name} WHERE {given(columns)} GROUP BY {listed}"
        return f"({given(columns)} AND rowid NOT IN ({first}))"

    def _orphaned(self, clause: ReferenceClause) -> str:
        own, theirs = (", ".join(map(quoted, names)) for names in (clause.columns, clause.parent_columns))
        parents = f"SELECT {theirs} FROM {qualified(self.schema, clause.parent)} WHERE {given(clause.parent_columns)}"
        return f"({given(clause.columns)} AND ({own}) NOT IN ({parents}))"

    def _children(self, kind: str) -> dict[str, str]:
        rows = self.connection.rows(f"DESCRIBE SELECT unnest(NULL::{kind})")
        return {str(row[0]): str(row[1]) for row in rows}

    def _count(self, rule: str, where: str) -> int:
        try:
            return int(self.connection.value(f"SELECT count(*) FROM {self.name} WHERE {where}"))
        except QueryError as error:
            raise self._no_sql(rule, error) from error

    def _figure(self, clause: TableClause) -> tuple[Any, bool]:
        try:
            value, kept = self.connection.rows(clause.query(self.name, self.now))[0]
        except QueryError as error:
            raise self._no_sql(clause.rule, error) from error
        return value, value is None or bool(kept)

    def _no_sql(self, rule: str, error: QueryError) -> ConfigError:
        return ConfigError(f"{self.table.table}.{rule}: {error.message}", file=self.table.contract.file)
