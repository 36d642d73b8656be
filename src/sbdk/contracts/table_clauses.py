"""Compiles what a contract asks of a whole table: keys, relationships, figures and their limits, service levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import KeyClause, ReferenceClause, TableClause, given
from sbdk.contracts.document import Action, TableContract, action_of, column_name, rule_action
from sbdk.contracts.row_clauses import is_invalid, is_missing, must_be_none, per_row, sql_value
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
            KeyClause((name,), "duplicateValues", rule_action(each, action), each.name or "")
            for each in column.quality or []
            if _allows_no_duplicate(each)
        ]
    for each in table.schema.quality or []:
        if _allows_no_duplicate(each):
            columns = _argument_columns(table, each)
            found.append(KeyClause(columns, "duplicateValues", rule_action(each, table.action), each.name or ""))
    return [each for each in found if each.columns]


def _argument_columns(table: TableContract, quality: DataQuality) -> tuple[str, ...]:
    """The columns that a rule on a table names, as the warehouse calls them."""
    names = (quality.arguments or {}).get("properties") or ()
    return tuple(_physical(table, table.table, str(name))[1] for name in names)


def _allows_no_duplicate(quality: DataQuality) -> bool:
    return quality.metric == "duplicateValues" and must_be_none(quality)


def reference_clauses(table: TableContract) -> list[ReferenceClause]:
    """The relationships of the table and of its columns. ConfigError for one whose ends do not fit."""
    found = []
    for column in table.schema.properties or []:
        action = action_of(column.customProperties) or table.action
        found += [_reference(table, each, (column_name(column),), action) for each in column.relationships or []]
    for each in table.schema.relationships or []:
        columns = tuple(_end(table, text)[1] for text in _names(each.from_ or ()))
        found.append(_reference(table, each, columns, table.action))
    return found


def _reference(
    table: TableContract, relationship: Relationship, columns: tuple[str, ...], action: Action
) -> ReferenceClause:
    ends = [_end(table, text) for text in _names(relationship.to or ())]
    parents = {parent for parent, _ in ends}
    if len(ends) != len(columns) or len(parents) != 1 or not columns:
        raise ConfigError(f"{table.table}: a relationship whose `from` and `to` do not fit", file=table.contract.file)
    own = action_of(relationship.customProperties) or action
    return ReferenceClause(columns, parents.pop(), tuple(column for _, column in ends), own)


def _names(given: str | list[str] | tuple[str, ...]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _end(table: TableContract, text: str) -> tuple[str, str]:
    """Table and column, as the warehouse calls them, of `users.id` or the whole form `schema/users/properties/id`."""
    parts = text.split("/")
    if "properties" in parts and "schema" in parts:
        parent, column = parts[parts.index("schema") + 1], parts[parts.index("properties") + 1]
    else:
        parent, _, column = text.rpartition(".")
    return _physical(table, parent or str(table.schema.name), column)


def _physical(table: TableContract, name: str, column: str) -> tuple[str, str]:
    """Names of the contract as the warehouse has them; those of other contracts as they are."""
    for each in table.contract.tables:
        if name in (each.schema.name, each.schema.id, each.table):
            known = {key: column_name(p) for p in each.schema.properties or [] for key in (p.id, p.name) if key}
            return each.table, known.get(column, column)
    return name, column


def table_clauses(table: TableContract) -> list[TableClause]:
    """Figures that the contract limits, and its service levels."""
    found: list[TableClause] = []
    for column in table.schema.properties or []:
        action = action_of(column.customProperties) or table.action
        for each in column.quality or []:
            if not per_row(each) and not _allows_no_duplicate(each):
                found += _of_quality(table, each, column, action)
    for each in table.schema.quality or []:
        if not _allows_no_duplicate(each):
            found += _of_quality(table, each, None, table.action)
    return [*found, *_service_levels(table)]


def _of_quality(
    table: TableContract, quality: DataQuality, column: SchemaProperty | None, inherited: Action
) -> Iterator[TableClause]:
    """Nothing for texts and for rules of other engines."""
    name = column_name(column) if column else ""
    columns = (name,) if column else _argument_columns(table, quality)
    figure = _figure(quality, columns, column.logicalType if column else None)
    if figure is None:
        return
    action = rule_action(quality, inherited)
    allowed, expected = _allowed(quality)
    expected += " percent" if quality.unit == "percent" else ""
    label = quality.name or ".".join(filter(None, [name, quality.metric or "sql"]))
    yield TableClause(quality.metric or "sql", figure, allowed, expected, action, label, name)


def _figure(quality: DataQuality, columns: tuple[str, ...], logical: str | None) -> str | None:
    arguments = quality.arguments or {}
    if quality.type == "sql":
        return f"({_filled(quality.query or '', columns[0] if columns else '')}\n)"  # a comment may end the query
    if quality.metric == "rowCount":
        return "SELECT count(*) FROM {table}"
    if quality.metric is None or not columns:
        return None
    name = quoted(columns[0])
    if quality.metric == "duplicateValues":
        listed, there = _unformatted(", ".join(map(quoted, columns))), _unformatted(given(columns))
        counted = f"SELECT count(*) - count(DISTINCT ({listed})) FROM {{table}} WHERE {there}"
        return _share(counted, quality) if quality.unit == "percent" else counted
    condition = {
        "nullValues": f"{name} IS NULL",
        "missingValues": is_missing(name, arguments.get("missingValues", [None, ""])),
        "invalidValues": is_invalid(name, arguments, logical),
    }[quality.metric]
    counted = f"SELECT count(*) FILTER (WHERE {_unformatted(condition)}) FROM {{table}}"
    return _share(counted, quality) if quality.unit == "percent" else counted


def _share(counted: str, quality: DataQuality) -> str:
    return f"SELECT coalesce(100.0 * ({counted}) / nullif((SELECT count(*) FROM {{table}}), 0), 0)"


def _unformatted(sql: str) -> str:
    """SQL whose braces `str.format` leaves as they are."""
    return sql.replace("{", "{{").replace("}", "}}")


def _filled(query: str, column: str) -> str:
    """The query with the standard's placeholders as ours: `{object}` is the table, `{property}` the column."""
    escaped, name_of_column = _unformatted(query.strip().rstrip(";")), _unformatted(quoted(column))
    for name in ("object", "table", "model", "schema"):
        escaped = escaped.replace(f"${{{{{name}}}}}", "{table}").replace(f"{{{{{name}}}}}", "{table}")
    for name in ("property", "column", "field"):
        for written in (f"${{{{{name}}}}}", f"{{{{{name}}}}}"):
            escaped = escaped.replace(written, name_of_column)
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
        elements = each.element or table.contract.document.slaDefaultElement or ""
        ends = [_end(table, name.strip()) for name in elements.split(",") if "." in name]
        columns = [column for name, column in ends if name == table.table]
        action = action_of(each.customProperties) or "warn"
        if each.property not in ("freshness", "latency") or not columns:
            continue
        seconds = _seconds(each.value, each.unit, table)
        first, second = (_unformatted(f"epoch({quoted(name)})") for name in (columns[0], columns[-1]))
        figure = f"SELECT floor(epoch({{now}}) - max({second}))::BIGINT FROM {{table}}"
        if each.property == "latency" and len(columns) == 2:
            figure = f"SELECT floor(max({second} - {first}))::BIGINT FROM {{table}}"
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
