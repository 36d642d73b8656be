"""Infers a contract from the rows of a table: types, what is always there, keys, few values, formats, personal data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbdk.contracts.personal_data import CLASSIFICATION, PersonalData, find_personal_data
from sbdk.contracts.types import FAMILIES, family, format_condition
from sbdk.core.sql import quoted

if TYPE_CHECKING:
    from sbdk.targets.base import ColumnInfo, Connection

API_VERSION = "v3.1.0"
ROWS_FOR_KEY = 100  # a column that is unique over fewer rows says nothing
MOST_VALUES = 20
ROWS_PER_VALUE = 20  # an enumeration has that many rows for each of its values, on average
LONGEST_VALUE = 64
_FORMATS = ("email", "uuid", "uri", "ipv4")
_TEXTS = ("VARCHAR", "ENUM", "UUID")
_KEY_NAME = re.compile(r"(.*_)?id", re.IGNORECASE)


@dataclass(frozen=True)
class _Statistics:
    """What was counted of a column. `formats`: how many values have each format, for texts."""

    nulls: int
    distinct: int
    longest: int
    negative: int
    formats: dict[str, int]


def infer_contract(
    connection: Connection,
    table: str,
    columns: list[ColumnInfo],
    name: str,
    key: tuple[str, ...] = (),
    parents: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A document of the standard for one table. `table`: its name in SQL, quoted; `name`: in the contract; `key`: its
    declared primary key; `parents`: by column, the `table.column` that it is declared to refer to. Columns that loading
    adds, whose names begin with `_`, are left out."""
    own = [each for each in columns if not each.name.startswith("_")]
    rows = int(connection.value(f"SELECT count(*) FROM {table}"))
    statistics = _statistics(connection, table, own)
    personal = find_personal_data(connection, table, own, name)
    keys = _keys(own, statistics, rows, key)
    properties = []
    for column in own:
        made = _property(connection, table, column, rows, statistics[column.name], personal)
        made |= keys.get(column.name, {})
        made |= _values(connection, table, column, rows, statistics, made)
        if parent := (parents or {}).get(column.name):
            made["relationships"] = [{"to": parent}]
        properties.append(_ordered(made))
    schema: dict[str, Any] = {"name": name.split(".")[-1], "physicalType": "table", "logicalType": "object"}
    if "." in name:
        schema["physicalName"] = name
    schema["properties"] = properties
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", schema["name"])
    return {
        "apiVersion": API_VERSION, "kind": "DataContract", "id": stem, "name": stem, "version": "1.0.0",
        "status": "draft", "schema": [schema],
    }  # fmt: skip


def _ordered(made: dict[str, Any]) -> dict[str, Any]:
    """The keys of a property in the order in which people read them."""
    order = ("name", "logicalType", "physicalType", "primaryKey", "primaryKeyPosition", "required", "unique",
             "classification", "logicalTypeOptions", "relationships", "quality", "properties", "items")  # fmt: skip
    return {key: made[key] for key in order if key in made}


# ---- statistics


def _statistics(connection: Connection, table: str, columns: list[ColumnInfo]) -> dict[str, _Statistics]:
    """One pass over the table."""
    if not columns:
        return {}
    figures = [figure for column in columns for figure in _figures(column)]
    counted = connection.rows(f"SELECT {', '.join(figures)} FROM {table}")[0]
    width = 4 + len(_FORMATS)
    found = {}
    for at, column in enumerate(columns):
        nulls, distinct, longest, negative, *formats = counted[at * width : (at + 1) * width]
        found[column.name] = _Statistics(
            nulls, distinct, longest or 0, negative, dict(zip(_FORMATS, formats, strict=True))
        )
    return found


def _figures(column: ColumnInfo) -> Iterator[str]:
    name, kind = quoted(column.name), family(column.type)
    yield f"count(*) FILTER (WHERE {name} IS NULL)"
    asked = kind in _TEXTS or (_KEY_NAME.fullmatch(column.name) and kind in FAMILIES["number"])
    yield f"count(DISTINCT {name})" if asked else "0"
    text = kind in _TEXTS
    yield f"max(length(CAST({name} AS VARCHAR)))" if text else "0"
    yield f"count(*) FILTER (WHERE {name} < 0)" if kind in FAMILIES["number"] else "0"
    for each in _FORMATS:
        broken = format_condition("string", each, f"CAST({name} AS VARCHAR)")
        yield f"count(*) FILTER (WHERE NOT ({broken}))" if text else "0"


# ---- properties


def logical_type(kind: str) -> str | None:
    """The logical type of a column of this DuckDB type; None for one that the standard lacks."""
    if family(kind) == "MAP":
        return "object"  # `map` came with version 3.2
    order = ("string", "integer", "number", "boolean", "date", "time", "timestamp", "object", "array")
    return next((each for each in order if family(kind) in FAMILIES[each] and family(kind) != "JSON"), None)


def _property(
    connection: Connection,
    table: str,
    column: ColumnInfo,
    rows: int,
    statistics: _Statistics,
    personal: list[PersonalData],
) -> dict[str, Any]:
    made = _typed(connection, column.name, column.type)
    if column.type == "JSON":
        made |= _of_json(connection, table, column.name)
    if rows and not statistics.nulls:
        made["required"] = True
    if any(each.column == column.name and each.proposed for each in personal):
        made["classification"] = CLASSIFICATION
    options = dict(made.get("logicalTypeOptions", {}))
    present = rows - statistics.nulls
    fitting = [each for each in _FORMATS if present and statistics.formats[each] == present]
    if fitting and family(column.type) in _TEXTS:
        options["format"] = fitting[0]
    if (
        present
        and family(column.type) in FAMILIES["number"]
        and not statistics.negative
        and not _KEY_NAME.fullmatch(column.name)
    ):
        options["minimum"] = 0
    return {**made, "logicalTypeOptions": options} if options else made


def _typed(connection: Connection, name: str, kind: str) -> dict[str, Any]:
    """Name and types, with the fields of objects and the items of lists."""
    logical, kin = logical_type(kind), family(kind)
    made: dict[str, Any] = {"name": name, "physicalType": "ENUM" if kin == "ENUM" else kind}
    if logical:
        made["logicalType"] = logical
    if kin == "TIMESTAMP WITH TIME ZONE":
        made["logicalTypeOptions"] = {"timezone": True}
    if kin == "STRUCT":
        fields = connection.rows(f"DESCRIBE SELECT unnest(NULL::{kind})")
        made["properties"] = [_ordered(_typed(connection, str(field[0]), str(field[1]))) for field in fields]
    if kin in ("LIST", "ARRAY"):
        items = _typed(connection, "", kind[: kind.rindex("[")])
        del items["name"]
        made["items"] = _ordered(items)
    return made


def _of_json(connection: Connection, table: str, name: str) -> dict[str, Any]:
    """The logical type of JSON: object or array, where all its values are that; string, where none is either."""
    kinds = {kind for (kind,) in connection.rows(f"SELECT DISTINCT json_type({quoted(name)}) FROM {table}")} - {
        None,
        "NULL",
    }
    nested = {"OBJECT": "object", "ARRAY": "array"}
    if not kinds & nested.keys():
        return {"logicalType": "string"} if kinds else {}
    return {"logicalType": nested[kinds.pop()]} if len(kinds) == 1 else {}


def _keys(
    columns: list[ColumnInfo], statistics: dict[str, _Statistics], rows: int, declared: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Primary key and unique columns: the declared key, else columns called id or …_id without a value twice."""
    candidates = [
        each.name
        for each in columns
        if _KEY_NAME.fullmatch(each.name)
        and rows >= ROWS_FOR_KEY
        and not statistics[each.name].nulls
        and statistics[each.name].distinct == rows
    ]
    names = {each.name for each in columns}
    key = declared if declared and set(declared) <= names else tuple(candidates[:1])
    found: dict[str, dict[str, Any]] = {each: {"unique": True} for each in candidates}
    for position, name in enumerate(key, start=1):
        found[name] = {"primaryKey": True, "primaryKeyPosition": position, "required": True}
        if len(key) == 1:
            found[name]["unique"] = True
    return found


def _values(
    connection: Connection,
    table: str,
    column: ColumnInfo,
    rows: int,
    statistics: dict[str, _Statistics],
    made: dict[str, Any],
) -> dict[str, Any]:
    """The rule that lists the values of a text of which there are few."""
    own = statistics[column.name]
    text = family(column.type) in ("VARCHAR", "ENUM")
    few = 1 <= own.distinct <= MOST_VALUES and (rows - own.nulls) >= max(100, ROWS_PER_VALUE * own.distinct)
    if not (text and few and own.longest <= LONGEST_VALUE) or "classification" in made:
        return {}
    name = quoted(column.name)
    found = connection.rows(f"SELECT DISTINCT {name}::VARCHAR FROM {table} WHERE {name} IS NOT NULL ORDER BY 1")
    return {"quality": [valid_values(value for (value,) in found)]}


def valid_values(values: Iterable[Any]) -> dict[str, Any]:
    """The quality rule by which only these values are valid."""
    return {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": list(values)}}
