"""Compiles what a contract asks of a whole table: keys, relationships, figures and their limits, service levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import KeyClause, ReferenceClause, TableClause
from sbdk.contracts.document import Action, TableContract, action_of, column_name
from sbdk.contracts.row_clauses import is_invalid, is_missing, per_row, sql_value
from sbdk.core.errors import ConfigError
from sbdk.core.sql import quoted

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, Relationship, SchemaProperty

_OPERATORS = {
    "mustBe": ("=", "is {}"),
    "mustNotBe": ("<>", "is not {}"),
    "mustBeGreaterThan": (">", "is more than {}"),
    "mustBeGreaterOrEqualTo": (">=", "is at least {}"),
    "mustBeLessThan": ("<", "is less than {}"),
    "mustBeLessOrEqualTo": ("<=", "is at most {}"),
}
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3_600, "hr": 3_600, "hour": 3_600,
          "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800, "y": 31_557_600, "yr": 31_557_600,
          "year": 31_557_600}  # fmt: skip


def key_clauses(table: TableContract) -> list[KeyClause]:
    """The primary key, unique columns, and rules that allow no duplicate."""
    found = [KeyClause(table.key, "primaryKey", table.action)] if table.key else []
    for column in table.schema.properties or []:
        name, action = column_name(column), action_of(column.customProperties) or table.action
        if column.unique and table.key != (name,):
            found.append(KeyClause((name,), "unique", action))
        found += [
            KeyClause((name,), "duplicateValues", action_of(each.customProperties) or action, each.name or "")
            for each in column.quality or []
            if _allows_no_duplicate(each)
        ]
    for each in table.schema.quality or []:
        if _allows_no_duplicate(each):
            columns = tuple((each.arguments or {}).get("properties") or ())
            action = action_of(each.customProperties) or table.action
            found.append(KeyClause(columns, "duplicateValues", action, each.name or ""))
    return [each for each in found if each.columns]


def _allows_no_duplicate(quality: DataQuality) -> bool:
    return quality.metric == "duplicateValues" and (quality.mustBe == 0 or quality.mustBeLessThan == 1)


def reference_clauses(table: TableContract) -> list[ReferenceClause]:
    """The relationships of the table and of its columns. ConfigError for one whose ends do not fit."""
    found = []
    for column in table.schema.properties or []:
        action = action_of(column.customProperties) or table.action
        found += [_reference(table, each, (column_name(column),), action) for each in column.relationships or []]
    for each in table.schema.relationships or []:
        columns = tuple(_names(each.from_ or ()))
        found.append(_reference(table, each, tuple(name.split(".")[-1] for name in columns), table.action))
    return found


def _reference(
    table: TableContract, relationship: Relationship, columns: tuple[str, ...], action: Action
) -> ReferenceClause:
    ends = [_end(text) for text in _names(relationship.to or ())]
    parents = {parent for parent, _ in ends}
    if len(ends) != len(columns) or len(parents) != 1 or not columns:
        raise ConfigError(f"{table.table}: a relationship whose `from` and `to` do not fit", file=table.contract.file)
    own = action_of(relationship.customProperties) or action
    return ReferenceClause(columns, parents.pop(), tuple(column for _, column in ends), own)


def _names(given: str | list[str] | tuple[str, ...]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _end(text: str) -> tuple[str, str]:
    """`users.id`, or the whole form `/schema/users/properties/id`."""
    parts = text.split("/")
    if len(parts) >= 5:
        return parts[-3], parts[-1]
    parent, _, column = text.partition(".")
    return parent, column


def table_clauses(table: TableContract) -> list[TableClause]:
    """Figures that the contract limits, and its service levels."""
    found: list[TableClause] = []
    for column in table.schema.properties or []:
        action = action_of(column.customProperties) or table.action
        for each in column.quality or []:
            if not per_row(each) and not _allows_no_duplicate(each):
                found += _of_quality(each, column, action)
    for each in table.schema.quality or []:
        if not _allows_no_duplicate(each):
            found += _of_quality(each, None, table.action)
    return [*found, *_service_levels(table)]


def _of_quality(quality: DataQuality, column: SchemaProperty | None, inherited: Action) -> Iterator[TableClause]:
    """Nothing for texts and for rules of other engines."""
    figure = _figure(quality, column_name(column) if column else "")
    if figure is None:
        return
    action = action_of(quality.customProperties) or ("warn" if _is_mild(quality.severity) else inherited)
    name = column_name(column) if column else ""
    allowed, expected = _allowed(quality)
    label = quality.name or ".".join(filter(None, [name, quality.metric or "sql"]))
    yield TableClause(quality.metric or "sql", figure, allowed, expected, action, label, name)


def _is_mild(severity: str | None) -> bool:
    return (severity or "").lower() in ("info", "warning", "warn", "low")


def _figure(quality: DataQuality, column: str) -> str | None:
    arguments = quality.arguments or {}
    if quality.type == "sql":
        return f"({_filled(quality.query or '', column)})"
    if quality.metric == "rowCount":
        return "SELECT count(*) FROM {table}"
    if quality.metric is None:
        return None
    columns = [column] if column else list(arguments.get("properties") or [])
    if not columns:
        return None
    name = quoted(columns[0])
    if quality.metric == "duplicateValues":
        listed = ", ".join(map(quoted, columns))
        counted = f"SELECT count(*) - count(DISTINCT ({listed})) FROM {{table}} WHERE {_given(columns)}"
        return _share(counted, quality) if quality.unit == "percent" else counted
    condition = (
        {
            "nullValues": f"{name} IS NULL",
            "missingValues": is_missing(name, arguments.get("missingValues", [None, ""])),
            "invalidValues": is_invalid(name, arguments),
        }[quality.metric]
        .replace("{", "{{")
        .replace("}", "}}")
    )
    counted = f"SELECT count(*) FILTER (WHERE {condition}) FROM {{table}}"
    return _share(counted, quality) if quality.unit == "percent" else counted


def _share(counted: str, quality: DataQuality) -> str:
    return f"SELECT coalesce(100.0 * ({counted}) / nullif((SELECT count(*) FROM {{table}}), 0), 0)"


def _given(columns: list[str]) -> str:
    return " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)


def _filled(query: str, column: str) -> str:
    """The query with the standard's placeholders as ours: `{object}` is the table, `{property}` the column."""
    escaped = query.strip().rstrip(";").replace("{", "{{").replace("}", "}}")
    for name in ("object", "table", "model", "schema"):
        escaped = escaped.replace(f"${{{{{name}}}}}", "{table}").replace(f"{{{{{name}}}}}", "{table}")
    for name in ("property", "column", "field"):
        escaped = escaped.replace(f"${{{{{name}}}}}", quoted(column)).replace(f"{{{{{name}}}}}", quoted(column))
    return escaped


def _allowed(quality: DataQuality) -> tuple[str, str]:
    """SQL over `value`, and the same in words."""
    for name, (operator, words) in _OPERATORS.items():
        if (limit := getattr(quality, name)) is not None:
            return f"value {operator} {sql_value(limit)}", words.format(limit)
    for name, word in (("mustBeBetween", ""), ("mustNotBeBetween", "NOT ")):
        if limits := getattr(quality, name):
            low, high = limits
            return f"value {word}BETWEEN {low!r} AND {high!r}", f"is {word.lower()}between {low} and {high}"
    return "true", "is anything"


def _service_levels(table: TableContract) -> Iterator[TableClause]:
    """Freshness: age of the latest value. Latency: the longest time from the first column to the second."""
    for each in table.contract.document.slaProperties or []:
        names = [name.strip() for name in (each.element or "").split(",") if name.strip()]
        columns = [name.split(".")[-1] for name in names if name.split(".")[0] == table.table]
        action = action_of(each.customProperties) or "warn"
        if each.property not in ("freshness", "latency") or not columns:
            continue
        seconds = _seconds(each.value, each.unit, table)
        latest = f"max({quoted(columns[-1])}::TIMESTAMP)"
        figure = f"SELECT date_diff('second', {latest}, {{now}}) FROM {{table}}"
        if each.property == "latency" and len(columns) == 2:
            first, second = map(quoted, columns)
            figure = f"SELECT max(date_diff('second', {first}::TIMESTAMP, {second}::TIMESTAMP)) FROM {{table}}"
        expected = f"is at most {timedelta(seconds=seconds)}"
        label = f"{columns[-1]}.{each.property}"
        yield TableClause(each.property, figure, f"value <= {seconds}", expected, action, label, columns[-1])


def _seconds(value: Any, unit: str | None, table: TableContract) -> int:
    try:
        return int(seconds_of(value, unit))
    except (TypeError, ValueError):
        message = f"slaProperties: {value!r} {unit or ''}: no length of time"
        raise ConfigError(message, file=table.contract.file, hint="units: s, m, h, d, w, y") from None


def seconds_of(value: Any, unit: str | None) -> float:
    """A length of time in seconds; days without a unit. TypeError or ValueError for what is none."""
    word = (unit or "d").lower()
    return float(value) * (_UNITS.get(word) or _UNITS.get(word.rstrip("s")))  # type: ignore[operator]
