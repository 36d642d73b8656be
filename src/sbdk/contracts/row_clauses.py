"""Compiles the properties of a table's contract into clauses on a row, as SQL for the types that the columns have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbdk.contracts.clause import Kind, RowClause
from sbdk.contracts.document import Action, TableContract, action_of, column_name, rule_action
from sbdk.contracts.listed_values import among_texts, not_among
from sbdk.contracts.moments import bound
from sbdk.contracts.nested_options import JSON_TYPES, nested_option
from sbdk.contracts.types import as_re2, family, format_condition, holds, read_as, storage
from sbdk.core.sql import literal, quoted

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, SchemaProperty

Children = Callable[[str], Mapping[str, str]]
"""From a DuckDB type of a struct to the types of its fields, by name."""
_COMPARED = {"minimum": "<", "maximum": ">", "exclusiveMinimum": "<=", "exclusiveMaximum": ">="}
_WORDS = {
    "minimum": "is less than", "maximum": "is more than", "exclusiveMinimum": "is not more than",
    "exclusiveMaximum": "is not less than",
}  # fmt: skip


@dataclass(frozen=True)
class _Value:
    """A value of a row: its path, its property, its SQL as it came, its DuckDB type, and the action of its clauses.

    `given`: SQL that is true where there is something that may hold the value: for a field, its object. `top`: the
    column that holds it.
    """

    path: str
    column: SchemaProperty
    raw: str
    kind: str
    action: Action
    top: str
    given: str = ""

    @property
    def typed(self) -> str:
        """SQL of the value as its logical type; NULL where it cannot be read as that."""
        return read_as(self.column, self.raw, self.kind) if self.column.logicalType else self.raw

    def clause(self, kind: Kind, broken: str, reason: str, quality: DataQuality | None = None) -> RowClause:
        action = rule_action(quality, self.action) if quality else self.action
        label = (quality.name or "") if quality else ""
        return RowClause(self.path, kind, broken, f"{self.path} {reason}", action, label, self.top)


def row_clauses(table: TableContract, kinds: Mapping[str, str], children: Children) -> list[RowClause]:
    """The clauses on each row of a table whose columns have these DuckDB types; types and required values first.

    A clause on a column that is not there is broken by each row if the column is required, else by none.
    """
    found: list[RowClause] = []
    for column in table.schema.properties or []:
        action = action_of(column.customProperties) or table.action
        name = column_name(column)
        if name in kinds:
            value = _Value(name, column, quoted(name), kinds[name], action, name)
            found += _of_value(value, children)
        elif column.required or column.primaryKey or any(per_row(each) for each in _no_nulls(column.quality)):
            found.append(RowClause(name, "required", "true", f"{name} is missing", action, "", name))
    return sorted(found, key=lambda each: {"type": 0, "required": 1}.get(each.kind, 2))


def typed_columns(table: TableContract, kinds: Mapping[str, str]) -> dict[str, str]:
    """By name of the columns that hold another type than the contract's: SQL of their values as that type."""
    return {
        name: read_as(column, quoted(name), kinds[name])
        for column in table.schema.properties or []
        if (name := column_name(column)) in kinds and column.logicalType and not holds(column.logicalType, kinds[name])
    }


def per_row(quality: DataQuality) -> bool:
    """Whether a quality rule counts rows that there may be none of: then it is a clause on each row."""
    return quality.metric in ("nullValues", "missingValues", "invalidValues") and must_be_none(quality)


def must_be_none(quality: DataQuality) -> bool:
    """Whether a rule allows no row at all: less than one percent allows some."""
    below_one = quality.mustBeLessThan == 1 and quality.unit != "percent"
    return quality.mustBe == 0 or below_one or quality.mustBeLessOrEqualTo == 0


def _no_nulls(quality: Iterable[DataQuality] | None) -> list[DataQuality]:
    return [each for each in quality or [] if each.metric in ("nullValues", "missingValues")]


def _of_value(value: _Value, children: Children) -> Iterator[RowClause]:
    column = value.column
    if column.required or column.primaryKey:
        absent = f"{value.raw} IS NULL"
        yield value.clause("required", f"{value.given} AND {absent}" if value.given else absent, "is null")
    if column.logicalType:
        if not (holds(column.logicalType, value.kind) or value.kind == '"NULL"'):
            unread = f"{value.raw} IS NOT NULL AND ({value.typed}) IS NULL"
            yield value.clause("type", unread, f"cannot be read as {column.logicalType}")
        elif family(value.kind) == "JSON" and column.logicalType in JSON_TYPES:
            other = f"json_type({value.raw}) NOT IN ({literal(JSON_TYPES[column.logicalType])}, 'NULL')"
            yield value.clause("type", other, f"is no {column.logicalType}")
        yield from _of_options(value, children)
    if column.enum:
        known = [each.value for each in column.enum]
        broken = not_among(value.typed, column.logicalType, known)
        yield value.clause("enum", broken, f"is none of {_shown(known)}")
    for quality in column.quality or []:
        if per_row(quality):
            yield _of_quality(value, quality)
    yield from _of_fields(value, children)
    yield from _of_items(value, children)


def _of_options(value: _Value, children: Children) -> Iterator[RowClause]:
    logical, options = str(value.column.logicalType), value.column.logicalTypeOptions or {}
    nested = logical in ("object", "array", "map", "vector")
    if nested and not holds(logical, value.kind):
        return
    names = children(value.kind) if options and family(value.kind) == "STRUCT" else {}
    fields = {each: f"struct_extract({value.raw}, {literal(each)})" for each in names}
    for name, limit in options.items():
        broken, reason = (
            nested_option(value.typed, value.kind, name, limit, fields)
            if nested
            else _of_option(value, logical, name, limit)
        )
        if broken:
            yield value.clause(name, broken, reason)


def _of_option(value: _Value, logical: str, name: str, limit: Any) -> tuple[str | None, str]:
    """SQL that is true where a value breaks an option of its logical type, None where none can; and why."""
    typed = value.typed
    if name in ("minLength", "maxLength"):
        less = name == "minLength"
        reason = f"has {'fewer' if less else 'more'} than {limit} characters"
        return f"length({typed}) {'<' if less else '>'} {int(limit)}", reason
    if name in _COMPARED:
        return f"{typed} {_COMPARED[name]} {_bound(value, limit)}", f"{_WORDS[name]} {limit}"
    if name == "pattern":
        return f"NOT regexp_matches({typed}, {literal(as_re2(limit))})", f"does not match {limit}"
    if name == "format":
        return format_condition(logical, limit, typed), f"is no {limit}"
    if name == "multipleOf":
        return _no_multiple(typed, limit, logical), f"is no multiple of {limit}"
    return None, ""


def _of_quality(value: _Value, quality: DataQuality) -> RowClause:
    arguments = quality.arguments or {}
    if quality.metric == "nullValues":
        return value.clause("nullValues", f"{value.raw} IS NULL", "is null", quality)
    if quality.metric == "missingValues":
        missing = arguments.get("missingValues", [None, ""])
        return value.clause("missingValues", is_missing(value.raw, missing), "is missing", quality)
    broken = is_invalid(value.typed, arguments, value.column.logicalType)
    return value.clause("invalidValues", broken, "is not valid", quality)


def is_missing(value: str, missing: list[Any]) -> str:
    """SQL: the value is one of those that stand for none."""
    texts = [each for each in missing if each is not None]
    parts = [f"{value} IS NULL"] if None in missing else []
    parts += [among_texts(value, texts)] if texts else []
    return f"({' OR '.join(parts)})" if parts else "false"


def is_invalid(value: str, arguments: Mapping[str, Any], logical: str | None) -> str:
    """SQL: the value, which is of that logical type, is there, and is none of the valid ones."""
    parts = []
    if (valid := arguments.get("validValues")) is not None:
        parts.append(not_among(value, logical, valid))
    if (pattern := arguments.get("pattern")) is not None:
        parts.append(f"NOT regexp_matches(CAST({value} AS VARCHAR), {literal(as_re2(pattern))})")
    return f"({' OR '.join(parts)})" if parts else "false"


def _of_fields(value: _Value, children: Children) -> Iterator[RowClause]:
    """The clauses on the fields of an object."""
    if not value.column.properties or family(value.kind) != "STRUCT":
        return
    kinds = children(value.kind)
    for column in value.column.properties:
        name = column_name(column)
        action = action_of(column.customProperties) or value.action
        path, given = f"{value.path}.{name}", f"{value.raw} IS NOT NULL"
        if name in kinds:
            raw = f"struct_extract({value.raw}, {literal(name)})"
            yield from _of_value(_Value(path, column, raw, kinds[name], action, value.top, given), children)
        elif column.required:
            yield RowClause(path, "required", given, f"{path} is missing", action, "", value.top)


def _of_items(value: _Value, children: Children) -> Iterator[RowClause]:
    """The clauses on the items of an array: broken by a row that has such an item."""
    items = value.column.items
    if items is None or family(value.kind) not in ("LIST", "ARRAY"):
        return
    kind = value.kind[: value.kind.rindex("[")]
    name = f"item_{value.path.count('[]')}"
    inner = _Value(f"{value.path}[]", items, name, kind, value.action, value.top, "true")
    for clause in _of_value(inner, children):
        broken = f"len(list_filter({value.raw}, lambda {name}: {clause.broken})) > 0"
        yield RowClause(clause.path, clause.kind, broken, clause.reason, clause.action, clause.label, value.top)


def _bound(value: _Value, limit: Any) -> str:
    logical = value.column.logicalType
    if logical in ("integer", "number"):
        return repr(limit)
    held = holds(str(logical), value.kind) and family(value.kind) != "TIME WITH TIME ZONE"
    return bound(value.column, limit, family(value.kind) if held else storage(value.column))


def _no_multiple(value: str, step: float, logical: str) -> str:
    if logical == "integer" and float(step).is_integer():
        return f"{value} % {int(step)} <> 0"
    ratio = f"({value} / {step!r}::DOUBLE)"
    return f"abs({ratio} - round({ratio})) > 1e-9 * greatest(1, abs({ratio}))"


def sql_value(value: Any) -> str:
    """A plain value of a document as SQL."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, int | float) else literal(str(value))


def _shown(values: list[Any]) -> str:
    shown = ", ".join(str(each) for each in values[:8])
    return f"{shown}, …" if len(values) > 8 else shown
