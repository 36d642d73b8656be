"""A contract as Great Expectations suites (version 1): expectations by type with their arguments.

One suite per table; several are a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.exports.export import (
    Export,
    allowed_values,
    is_required,
    is_unique,
    options,
    patterns,
    properties,
    references,
)
from sbdk.contracts.row_clauses import per_row
from sbdk.contracts.types import full_pattern

_BETWEEN = "expect_column_values_to_be_between"
_LIMITS = {"minimum": ("min_value", ""), "maximum": ("max_value", ""), "exclusiveMinimum": ("min_value", "strict_min"),
           "exclusiveMaximum": ("max_value", "strict_max")}  # fmt: skip
_HELD = {"minLength", "maxLength", "pattern", "timezone", "defaultTimezone", *_LIMITS}


def export(contract: Contract) -> Export:
    left_out: list[str] = []
    suites = [_suite(contract, table, left_out) for table in contract.tables]
    document = suites[0] if len(suites) == 1 else suites
    return Export(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n", left_out)


def _suite(contract: Contract, table: TableContract, left_out: list[str]) -> dict[str, Any]:
    found = [each for column in properties(table) for each in _of_column(table, column, left_out)]
    if len(table.key) > 1:
        found.append(_expect("expect_compound_columns_to_be_unique", "primaryKey", column_list=list(table.key)))
    found += _of_table(table, left_out)
    left_out += [f"{table.table}.{'+'.join(each.columns)}.relationship" for each in references(table)]
    meta = {"contract": contract.name, "version": contract.version}
    return {"name": table.table, "expectations": found, "meta": meta}


def _expect(kind: str, clause: str, **arguments: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": arguments, "meta": {"clause": clause}}


def _of_column(table: TableContract, column: Any, left_out: list[str]) -> Iterator[dict[str, Any]]:
    name, given = column_name(column), options(column)
    yield _expect("expect_column_to_exist", f"{name}.property", column=name)
    if is_required(column):
        yield _expect("expect_column_values_to_not_be_null", f"{name}.required", column=name)
    if is_unique(table, column):
        yield _expect("expect_column_values_to_be_unique", f"{name}.unique", column=name)
    yield from _of_options(name, column, given)
    if (values := allowed_values(column)) is not None:
        yield _expect("expect_column_values_to_be_in_set", f"{name}.invalidValues", column=name, value_set=values)
    for each in column.quality or []:
        yield from _of_quality(table, name, each, left_out)
    for option in given:
        if option not in _HELD and not (option == "format" and full_pattern(column.logicalType, given["format"])):
            left_out.append(f"{table.table}.{name}.{option}")
    left_out += [f"{table.table}.{name}.{column_name(each)}" for each in column.properties or []]


def _of_options(name: str, column: Any, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for option, (argument, strict) in _LIMITS.items():
        if option in given:
            more = {strict: True} if strict else {}
            yield _expect(_BETWEEN, f"{name}.{option}", column=name, **{argument: given[option]}, **more)
    for option, argument in (("minLength", "min_value"), ("maxLength", "max_value")):
        if option in given:
            kind = "expect_column_value_lengths_to_be_between"
            yield _expect(kind, f"{name}.{option}", column=name, **{argument: given[option]})
    for pattern in patterns(column):
        yield _expect(
            "expect_column_values_to_match_regex", f"{name}.pattern", column=name, regex=f"(?s).*(?:{pattern})"
        )
    if whole := full_pattern(column.logicalType, given.get("format")):
        regex = rf"\A(?:{whole})\Z"
        yield _expect("expect_column_values_to_match_regex", f"{name}.format", column=name, regex=regex)


def _of_quality(table: TableContract, name: str, quality: Any, left_out: list[str]) -> Iterator[dict[str, Any]]:
    if quality.metric is None or per_row(quality):
        if quality.metric is None and quality.type == "sql":
            left_out.append(f"{table.table}.{quality.name or f'{name}.sql'}")
        if quality.metric == "missingValues":
            left_out.append(f"{table.table}.{quality.name or f'{name}.missingValues'}")
        return
    most = _most_percent(quality)
    if quality.metric == "nullValues" and most is not None:
        mostly = round(1 - most / 100, 12)
        kind = "expect_column_values_to_not_be_null"
        yield _expect(kind, f"{name}.nullValues", column=name, mostly=mostly)
    elif not (quality.metric == "duplicateValues" and quality.mustBe == 0):
        left_out.append(f"{table.table}.{quality.name or f'{name}.{quality.metric}'}")


def _most_percent(quality: Any) -> float | None:
    return quality.mustBeLessOrEqualTo if quality.unit == "percent" else None


def _of_table(table: TableContract, left_out: list[str]) -> Iterator[dict[str, Any]]:
    for each in table.schema.quality or []:
        if each.metric != "rowCount":
            left_out.append(f"{table.table}.{each.name or each.metric or 'sql'}")
            continue
        if each.mustBe is not None:
            yield _expect("expect_table_row_count_to_equal", "rowCount", value=each.mustBe)
        elif (ends := _row_limits(each)) is not None:
            yield _expect("expect_table_row_count_to_be_between", "rowCount", **ends)
        else:
            left_out.append(f"{table.table}.{each.name or 'rowCount'}")


def _row_limits(quality: Any) -> dict[str, int] | None:
    if quality.mustBeBetween:
        return {"min_value": int(quality.mustBeBetween[0]), "max_value": int(quality.mustBeBetween[1])}
    ends = {
        "min_value": quality.mustBeGreaterOrEqualTo,
        "max_value": quality.mustBeLessOrEqualTo,
    }
    if quality.mustBeGreaterThan is not None:
        ends["min_value"] = int(quality.mustBeGreaterThan // 1) + 1
    if quality.mustBeLessThan is not None:
        ends["max_value"] = int(-(-quality.mustBeLessThan // 1)) - 1
    return {name: int(value) for name, value in ends.items() if value is not None} or None
