"""Judges a whole table by every clause of its contract, and says how many rows break each, with the first example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sbdk.contracts.clause import Clause, ReferenceClause, RowClause, TableClause, given
from sbdk.contracts.document import TableContract, column_name
from sbdk.contracts.personal_data import personal_columns
from sbdk.contracts.records import as_json
from sbdk.contracts.row_clauses import row_clauses, typed_columns
from sbdk.contracts.table_clauses import key_clauses, reference_clauses, table_clauses
from sbdk.core.errors import ConfigError, QueryError
from sbdk.core.redact import MASK
from sbdk.core.sql import quoted

if TYPE_CHECKING:
    from sbdk.targets.base import Connection

Status = Literal["pass", "fail", "warn", "skipped"]
_LONGEST = 200  # characters of an example


@dataclass(frozen=True)
class ClauseVerdict:
    """What a clause found. `broken`: rows, for a figure of the table 0 or 1; `example`: the first value that breaks it,
    as JSON, or the figure. A clause whose parent table is not there is skipped.
    """

    rule: str
    kind: str
    column: str
    status: Status
    broken: int
    expected: str
    example: str | None = None


@dataclass(frozen=True)
class TableVerdict:
    """The clauses of one table. `rows`: that were judged; None where the table does not exist."""

    contract: str
    version: str
    table: str
    rows: int | None
    clauses: list[ClauseVerdict] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return all(each.status != "fail" for each in self.clauses)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Judge:
    """Judges one table. `name`: its name in SQL. `parents`: by name in the contract, the names in SQL of other tables.
    `now`: for the ages of service levels, naive UTC. Personal data is masked in examples unless `show_pii`.
    """

    def __init__(
        self,
        connection: Connection,
        table: TableContract,
        name: str,
        parents: Mapping[str, str],
        now: datetime,
        *,
        show_pii: bool = False,
    ) -> None:
        self.connection = connection
        self.table = table
        self.name = name
        self.parents = parents
        self.now = now
        self.kinds = self._describe(f"SELECT * FROM {name}")
        self._masked = set() if show_pii else personal_columns(table.schema)

    def verdict(self) -> TableVerdict:
        """ConfigError for a clause that is no SQL for the columns of the table."""
        rows = int(self.connection.value(f"SELECT count(*) FROM {self.name}"))
        clauses = [*self._new_columns(), *self._rows()]
        typed = self._typed()
        clauses += [*self._keys(typed), *self._references(typed), *self._figures(typed)]
        contract = self.table.contract
        return TableVerdict(contract.name, contract.version, self.table.table, rows, clauses)

    # ---- clauses on single rows

    def _new_columns(self) -> Iterator[ClauseVerdict]:
        known = {column_name(each) for each in self.table.schema.properties or []}
        new = [each for each in self.kinds if each not in known and not each.startswith("_")]
        if self.table.new_columns == "fail":
            status: Status = "fail" if new else "pass"
            example = as_json(new[0]) if new else None
            yield ClauseVerdict("newColumns", "newColumns", "", status, len(new), "no other columns", example)

    def _rows(self) -> list[ClauseVerdict]:
        clauses = row_clauses(self.table, self.kinds, self._children)
        apart = [each for each in clauses if each.column not in self.kinds and self._is_apart(each.column)]
        clauses = [each for each in clauses if each not in apart]
        counted = self._counted(clauses) if clauses else []
        skipped = [
            self._skipped(each, each.column, f"{_kept(each)}; it was loaded as columns or a table of its own")
            for each in apart
        ]
        return skipped + [
            self._verdict(clause, count, clause.column, _kept(clause), lambda c=clause: self._row_example(c))
            for clause, count in zip(clauses, counted, strict=True)
        ]

    def _is_apart(self, column: str) -> bool:
        """Whether dlt loaded an object as columns `object__field`, or an array as a table `table__array`."""
        flat = any(name.startswith(f"{column}__") for name in self.kinds)
        return flat or f"{self.table.table}__{column}" in self.parents

    def _counted(self, clauses: Sequence[RowClause]) -> Sequence[int]:
        figures = [f"count(*) FILTER (WHERE {clause.broken})" for clause in clauses]
        try:
            return self.connection.rows(f"SELECT {', '.join(figures)} FROM {self.name}")[0]
        except QueryError:
            for clause, figure in zip(clauses, figures, strict=True):
                self._rows_of(clause, f"SELECT {figure} FROM {self.name}")
            raise

    def _row_example(self, clause: RowClause) -> Any:
        if clause.column not in self.kinds:
            return None
        found = self.connection.rows(f"SELECT {quoted(clause.column)} FROM {self.name} WHERE {clause.broken} LIMIT 1")
        return found[0][0] if found else None

    # ---- clauses on the table

    def _typed(self) -> str:
        """The table with its columns as the contract has them; itself, where they are so already."""
        typed = typed_columns(self.table, self.kinds)
        if not typed:
            return self.name
        view = f"temp.main.{quoted(f'typed {self.table.table}')}"
        columns = ", ".join(f"{typed.get(name, quoted(name))} AS {quoted(name)}" for name in self.kinds)
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {columns} FROM {self.name}")
        return view

    def _keys(self, table: str) -> Iterator[ClauseVerdict]:
        for clause in key_clauses(self.table):
            expected = f"{', '.join(clause.columns)}: no value twice"
            if not self._has(clause.columns):
                yield self._skipped(clause, "+".join(clause.columns), expected)
                continue
            listed = ", ".join(map(quoted, clause.columns))
            groups = f"FROM {table} WHERE {given(clause.columns)} GROUP BY {listed} HAVING count(*) > 1"
            count = self._rows_of(clause, f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n {groups})")[0][0]
            example = f"SELECT {listed} {groups} ORDER BY ALL LIMIT 1"
            yield self._verdict(clause, int(count), "+".join(clause.columns), expected, self._values(example))

    def _references(self, table: str) -> Iterator[ClauseVerdict]:
        for clause in reference_clauses(self.table):
            expected = f"a row of {clause.parent} has this {', '.join(clause.parent_columns)}"
            if not self._has(clause.columns) or clause.parent not in self.parents:
                yield self._skipped(clause, "+".join(clause.columns), f"{expected}; that table or column is not there")
                continue
            own, theirs = (", ".join(map(quoted, names)) for names in (clause.columns, clause.parent_columns))
            parents = f"SELECT {theirs} FROM {self.parents[clause.parent]} WHERE {given(clause.parent_columns)}"
            orphans = f"FROM {table} WHERE {given(clause.columns)} AND ({own}) NOT IN ({parents})"
            count = self._rows_of(clause, f"SELECT count(*) {orphans}")[0][0]
            example = self._values(f"SELECT {own} {orphans} LIMIT 1")
            yield self._verdict(clause, int(count), "+".join(clause.columns), expected, example)

    def _figures(self, table: str) -> Iterator[ClauseVerdict]:
        for clause in table_clauses(self.table):
            value, kept = self._rows_of(clause, clause.query(table, self.now))[0]
            broken = 0 if value is None or kept else 1
            yield self._verdict(clause, broken, clause.column, clause.expected, lambda v=value: v)

    # ---- verdicts

    def _verdict(self, clause: Clause, broken: int, column: str, expected: str, example: Any) -> ClauseVerdict:
        status: Status = "pass" if not broken else "warn" if clause.action == "warn" else "fail"
        shown = self._shown(example(), clause) if broken else None
        return ClauseVerdict(clause.rule, _kind(clause), column, status, broken, expected, shown)

    def _skipped(self, clause: Clause, column: str, expected: str) -> ClauseVerdict:
        return ClauseVerdict(clause.rule, _kind(clause), column, "skipped", 0, expected)

    def _shown(self, value: Any, clause: Clause) -> str | None:
        if isinstance(clause, TableClause):
            return MASK if isinstance(value, str) and clause.column in self._masked else as_json(value)[:_LONGEST]
        if isinstance(clause, RowClause):
            return MASK if clause.column in self._masked and value is not None else as_json(value)[:_LONGEST]
        shown = [MASK if c in self._masked else v for c, v in zip(clause.columns, value, strict=True)]
        if len(shown) == 1:
            return MASK if clause.columns[0] in self._masked else as_json(shown[0])[:_LONGEST]
        return as_json(shown)[:_LONGEST]

    # ---- queries

    def _has(self, columns: Iterable[str]) -> bool:
        return all(name in self.kinds for name in columns)

    def _values(self, query: str) -> Any:
        return lambda: self.connection.rows(query)[0]

    def _rows_of(self, clause: Clause, query: str) -> list[Any]:
        try:
            return self.connection.rows(query)
        except QueryError as error:
            what = f"{self.table.table}.{clause.rule}: {error.message.splitlines()[0]}"
            raise ConfigError(what, file=self.table.contract.file, hint="the clause is no SQL for this table") from None

    def _children(self, kind: str) -> dict[str, str]:
        return self._describe(f"SELECT unnest(NULL::{kind})")

    def _describe(self, query: str) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self.connection.rows(f"DESCRIBE {query}")}


def absent(table: TableContract) -> TableVerdict:
    """The verdict on a table that does not exist."""
    clause = ClauseVerdict("table", "table", "", "fail", 1, "the table exists")
    return TableVerdict(table.contract.name, table.contract.version, table.table, None, [clause])


def _kept(clause: RowClause) -> str:
    """What a clause expects, from its reason, which says what is wrong."""
    return f"no row where {clause.reason}"


def _kind(clause: Clause) -> str:
    return "relationship" if isinstance(clause, ReferenceClause) else clause.kind
