"""Rows made from a contract: such as keep it, and for each clause one that breaks just that clause, with its key.

Values are tried, not derived: a candidate counts when the clauses themselves, in DuckDB, find that it keeps the
contract, or that it breaks one clause and no other. What no candidate does is said in the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import RowClause
from sbdk.contracts.document import TableContract, column_name
from sbdk.contracts.exports.export import allowed_values, options, patterns, references
from sbdk.contracts.pattern_text import matching_text
from sbdk.contracts.row_clauses import row_clauses
from sbdk.contracts.table_clauses import key_clauses
from sbdk.core.errors import UsageError
from sbdk.core.sql import literal, quoted

if TYPE_CHECKING:
    from sbdk.targets.base import Connection

START = date(2026, 1, 1)
_NESTED = ("object", "array", "map", "vector")
_TEXTS = {"email": "user{}@example.org", "uuid": "00000000-0000-4000-8000-{:012d}", "uri": "https://example.org/{}",
          "hostname": "host{}.example.org", "ipv4": "10.0.{1}.{2}", "ipv6": "2001:db8::{:x}",
          "byte": "AAAA"}  # fmt: skip


@dataclass(frozen=True)
class Violation:
    """A row, numbered from 0, that breaks one clause; `row` None: no candidate does, and `value` is not given."""

    rule: str
    kind: str
    column: str
    row: int | None
    value: Any


@dataclass(frozen=True)
class GeneratedRows:
    """Rows of a table as they stand in JSON, and what is wrong with which."""

    rows: list[dict[str, Any]]
    violations: list[Violation]

    def key(self, table: TableContract) -> dict[str, Any]:
        """The answer key."""
        return {
            "contract": table.contract.name,
            "version": table.contract.version,
            "table": table.table,
            "rows": len(self.rows),
            "violations": [asdict(each) for each in self.violations if each.row is not None],
            "not_made": [each.rule for each in self.violations if each.row is None],
        }


def generate_rows(connection: Connection, table: TableContract, count: int, *, violating: bool) -> GeneratedRows:
    """`count` rows that keep the contract and, if `violating`, one more for each clause on rows and keys.

    UsageError for a column of which no value was found that keeps the contract.
    """
    maker = _Maker(connection, table)
    rows = [maker.row(number) for number in range(count)]
    if not violating or not rows:
        return GeneratedRows(rows, [])
    violations: list[Violation] = []
    for clause in maker.clauses:
        _add(rows, violations, clause.rule, clause.kind, clause.column, maker.breaking(clause, len(rows)))
    for key in key_clauses(table):
        twice = {**maker.row(len(rows)), **{name: rows[0].get(name) for name in key.columns}}
        others = [each for each in key_clauses(table) if each != key and set(each.columns) <= set(key.columns)]
        _add(rows, violations, key.rule, key.kind, "+".join(key.columns), None if others else twice)
    return GeneratedRows(rows, violations)


def _add(
    rows: list[dict[str, Any]], into: list[Violation], rule: str, kind: str, column: str, row: dict[str, Any] | None
) -> None:
    at = None if row is None else len(rows)
    value = None if row is None else [row.get(name) for name in column.split("+")]
    into.append(Violation(rule, kind, column, at, value[0] if value is not None and len(value) == 1 else value))
    if row is not None:
        rows.append(row)


class _Maker:
    """Values for the columns of one table. To its clauses every scalar is a text, as in CSV."""

    def __init__(self, connection: Connection, table: TableContract) -> None:
        self.connection = connection
        self.table = table
        self.columns = {column_name(each): each for each in table.schema.properties or []}
        self.kinds = {name: "JSON" if each.logicalType in _NESTED else "VARCHAR" for name, each in self.columns.items()}
        self.clauses = row_clauses(table, self.kinds, lambda kind: {})
        self.valid = {name: self._valid(name, each) for name, each in self.columns.items()}
        self.parents = self._parents()

    def row(self, number: int) -> dict[str, Any]:
        """The row of this number: it keeps the contract, and no value of a key is there twice."""
        unique = {name for key in key_clauses(self.table) for name in key.columns}
        made = {}
        for name, column in self.columns.items():
            if name in self.parents:
                made[name] = self.parents[name](number)
            elif name in unique:
                made[name] = _numbered(column, number)
            else:
                made[name] = self.valid[name][number % len(self.valid[name])]
        return made

    def _valid(self, name: str, column: Any) -> list[Any]:
        tried = [value for value in candidates(column) if value is not None]
        found = [value for value, rules in zip(tried, self._broken(name, tried), strict=True) if not rules]
        if not found:
            if column.required or column.primaryKey:
                hint = "its rules leave no value that is tried: give `validValues`, or a simpler pattern"
                raise UsageError(f"{self.table.table}.{name}: no value was found that keeps the contract", hint=hint)
            return [None]
        return found

    def breaking(self, clause: RowClause, number: int) -> dict[str, Any] | None:
        """A row that breaks the clause and no other; None if no candidate does."""
        name, base = clause.column, self.row(number)
        tried = [None, *candidates(self.columns[name]), *wrong_candidates(self.columns[name])]
        for value, rules in zip(tried, self._broken(name, tried), strict=True):
            if rules == {clause.rule}:
                return {**base, name: value}
        return None

    def _broken(self, name: str, values: Sequence[Any]) -> list[set[str]]:
        """For each value of the column: the rules that it breaks."""
        clauses = [each for each in self.clauses if each.column == name]
        rows = ", ".join(f"({_sql(value, self.kinds[name])})" for value in values)
        if not clauses or not values:
            return [set() for _ in values]
        tests = ", ".join(f"coalesce({each.broken}, false)" for each in clauses)
        source = f"(VALUES {rows}) AS v({quoted(name)})"
        found = self.connection.rows(f"SELECT {tests} FROM {source}")
        return [{each.rule for each, broken in zip(clauses, row, strict=True) if broken} for row in found]

    def _parents(self) -> Mapping[str, Any]:
        """By column that refers to another table of the contract: from a row's number to a value that is there."""
        tables = {each.table: each for each in self.table.contract.tables}
        found = {}
        for each in references(self.table):
            parent = tables.get(each.parent)
            if parent is None or len(each.columns) != 1:
                continue
            column = {column_name(one): one for one in parent.schema.properties or []}.get(each.parent_columns[0])
            if column is not None:
                found[each.columns[0]] = lambda number, column=column: _numbered(column, number // 2)
        return found


def _sql(value: Any, kind: str) -> str:
    if value is None:
        return f"NULL::{kind}"
    if kind == "JSON":
        from sbdk.contracts.records import as_json

        return f"{literal(as_json(value))}::JSON"
    return literal(str(value).lower() if isinstance(value, bool) else str(value))


def _numbered(column: Any, number: int) -> Any:
    """A value that no other number has."""
    logical, given = column.logicalType, options(column)
    if logical in ("integer", "number", None):
        step = given.get("multipleOf", 1)
        return int(given.get("minimum", given.get("exclusiveMinimum", 0)) + (number + 1) * max(1, step))
    if logical == "date":
        return (START + timedelta(days=number)).isoformat()
    if logical == "timestamp":
        return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if found := patterns(column):
        return matching_text(found[0], number)
    return _text(given.get("format"), number)


def _text(form: str | None, number: int) -> str:
    return _TEXTS.get(form or "", "text {}").format(number, number // 250 % 250, number % 250)


def candidates(column: Any) -> Iterator[Any]:
    """Values that may keep the contract, the likely ones first."""
    yield from allowed_values(column) or []
    logical, given = column.logicalType, options(column)
    for pattern in patterns(column):
        yield from (text for turn in range(40) if (text := matching_text(pattern, turn)) is not None)
    if logical in ("integer", "number"):
        yield from _numbers(given, logical)
    elif logical in ("date", "time", "timestamp"):
        yield from _moments(logical, given)
    elif logical == "boolean":
        yield from (True, False)
    elif logical in _NESTED:
        yield from _nested(column, logical, given)
    else:
        yield from (_text(given.get("format"), number) for number in range(5))
        least = int(given.get("minLength", 0))
        yield from ("x" * size for size in range(max(1, least), least + 3))


def _numbers(given: Mapping[str, Any], logical: str) -> Iterator[Any]:
    ends = [given[name] for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum") if name in given]
    step = given.get("multipleOf", 1)
    for end in [*ends, 0]:
        for shift in (0, 1, 2, -1, -2, 3):
            near = (end // step) * step + shift * step
            yield int(near) if logical == "integer" or float(near).is_integer() else near
    if logical == "number":
        yield from (sum(ends) / len(ends), 0.5, 1.25) if ends else (0.5, 1.25)


def _moments(logical: str, given: Mapping[str, Any]) -> Iterator[str]:
    if logical == "time":
        yield from (f"{hour:02d}:00:00" for hour in range(8, 24))
        yield from ("00:00:00", "04:00:00")
        return
    ends = [str(given[name])[:10] for name in given if name.endswith(("inimum", "aximum"))]
    for end in [*ends, START.isoformat()]:
        for shift in (0, 1, 2, -1, -2):
            try:
                day = date.fromisoformat(end) + timedelta(days=shift)
            except (ValueError, OverflowError):
                continue
            yield _written(day, logical, given.get("format"))


def _written(day: date, logical: str, pattern: str | None) -> str:
    """A day at ten o'clock in ISO 8601, or in a format of Java."""
    moment = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    if pattern is None:
        return day.isoformat() if logical == "date" else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    from sbdk.contracts.moments import strptime

    written = strptime(pattern)[0].replace("%z", "+00:00").replace("%g", "000").replace("%n", "0" * 9)
    return moment.strftime(written)


def _nested(column: Any, logical: str, given: Mapping[str, Any]) -> Iterator[Any]:
    if logical in ("object", "map"):
        fields = {column_name(each): next(candidates(each), None) for each in column.properties or []}
        yield {**dict.fromkeys(given.get("required", []), "x"), **fields}
        yield {}
        return
    items = list(candidates(column.items))[:12] if column.items else list(range(12))
    least = int(given.get("minItems", 1))
    yield from (items[:size] for size in range(least, least + 3))


def wrong_candidates(column: Any) -> Iterator[Any]:
    """Values that may break a clause."""
    logical, given = column.logicalType, options(column)
    if logical in _NESTED:
        yield from ([], {}, [1, 1], ["a", "a", "b"], list(range(int(given.get("maxItems", 0)) + 1)), 7, {"other": 1})
        yield {str(number): number for number in range(int(given.get("maxProperties", 0)) + 1)}
        return
    yield from ("", "x", "~", "not one of them", "N/A", -1, 0, 1, 0.333, 1.5, "1e400", "tomorrow", "99:99")
    yield from (each for each in (column.quality or []) for each in (each.arguments or {}).get("missingValues") or [])
    for name in ("minLength", "maxLength"):
        for size in (int(given.get(name, 1)) - 1, int(given.get(name, 1)) + 1):
            yield "x" * size
            text = _text(given.get("format"), 0)
            yield text + "x" * (size - len(text))
            yield "x" * (size - len(text)) + text
            for pattern in patterns(column):
                yield (matching_text(pattern) or "")[: max(0, size)]
    for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(limit := given.get(name), int | float):
            step = given.get("multipleOf", 1)
            yield from (limit, limit - step, limit + step, limit - 1, limit + 1)
    yield from (2**shift for shift in (7, 8, 15, 16, 31, 32, 63))
    yield from (f"{hour:02d}:30:00" for hour in range(24)) if logical == "time" else ()
    yield from ("1900-01-01", "2999-12-31", "1900-01-01T00:00:00Z", "2999-12-31T00:00:00Z")
