"""Each logical type with each of its options, on rows of which it is known by hand which ones break it."""

from __future__ import annotations

from typing import Any

import pytest

from sbdk.core.errors import ConfigError
from support.contract_documents import broken_rows, contract, read_values

D = "'2026-01-05'"


def column(logical: str | None, **keys: Any) -> dict[str, Any]:
    return {"name": "c", **({"logicalType": logical} if logical else {}), **keys}


def options(logical: str, **given: Any) -> dict[str, Any]:
    return column(logical, logicalTypeOptions=given)


def valid(values: list[Any]) -> list[dict[str, Any]]:
    return [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": values}}]


# Values are numbered from 0; NULL breaks nothing but `required`.
CASES = [
    (options("string", minLength=2), "varchar", ["'a'", "'ab'", "null"], {"c.minLength": [0]}),
    (options("string", maxLength=2), "varchar", ["'abc'", "'äé'"], {"c.maxLength": [0]}),
    (options("string", pattern="^a[0-9]$"), "varchar", ["'a1'", "'a12'", "'xa1'"], {"c.pattern": [1, 2]}),
    (options("string", pattern="b"), "varchar", ["'abc'", "'xyz'"], {"c.pattern": [1]}),
    (options("string", pattern=r"^\u00e9+$"), "varchar", ["'éé'", "'e'"], {"c.pattern": [1]}),
    (options("string", pattern="(?<year>[0-9]{4})"), "varchar", ["'in 2026'", "'in 26'"], {"c.pattern": [1]}),
    (options("string", format="email"), "varchar", ["'a@b.co'", "'a@b'", "'a b@c.de'"], {"c.format": [1, 2]}),
    (options("string", format="uuid"), "uuid", ["uuid()"], {}),
    (options("string", maxLength=10), "uuid", ["uuid()"], {"c.maxLength": [0]}),
    (options("string", format="ipv4"), "varchar", ["'1.2.3.4'", "'256.1.1.1'", "'1.2.3'"], {"c.format": [1, 2]}),
    (options("string", format="uri"), "varchar", ["'https://a.b/c'", "'a.b'"], {"c.format": [1]}),
    (options("integer", minimum=2, maximum=4), "integer", ["1", "2", "4", "5"], {"c.minimum": [0], "c.maximum": [3]}),
    (options("integer", exclusiveMinimum=2), "varchar", ["'2'", "'3'", "'x'"], {"c.exclusiveMinimum": [0],
     "c.type": [2]}),
    (options("integer", multipleOf=5), "bigint", ["-10", "0", "7"], {"c.multipleOf": [2]}),
    (options("integer", format="i8"), "integer", ["127", "128", "-128", "-129"], {"c.format": [1, 3]}),
    (options("integer", format="u64"), "hugeint", ["18446744073709551615", "18446744073709551616"], {"c.format": [1]}),
    (options("integer", format="i128"), "hugeint", ["170141183460469231731687303715884105727"], {}),
    (options("integer", format="u128"), "varchar", ["'340282366920938463463374607431768211455'", "'-1'"],
     {"c.type": [1]}),
    (column("integer"), "varchar", ["'1'", "'1.0'", "'1e3'", "' 7 '", "''"], {"c.type": [1, 2, 4]}),
    (column("integer"), "double", ["1", "1.5", "'inf'"], {"c.type": [1, 2]}),
    (column("integer"), "boolean", ["true"], {"c.type": [0]}),
    (column("number"), "varchar", ["'1.5'", "'1,5'", "'nan'", "'-.5e3'"], {"c.type": [1, 2]}),
    (options("number", multipleOf=0.01), "double", ["0.29", "0.295"], {"c.multipleOf": [1]}),
    (options("number", exclusiveMaximum=1.5), "decimal(5,2)", ["1.49", "1.50"], {"c.exclusiveMaximum": [1]}),
    (column("boolean"), "varchar", ["'true'", "'FALSE'", "'1'", "'yes'"], {"c.type": [2, 3]}),
    (options("date", minimum="2026-01-05"), "date", [D, "'2026-01-04'"], {"c.minimum": [1]}),
    (column("date"), "varchar", [D, "'2026-1-5'", "'2026-01-05T10:00:00'", "'2026-01-05T00:00:00'", "'2026/01/05'"],
     {"c.type": [1, 2, 4]}),
    (column("date"), "varchar", ["'infinity'", "'2026-02-30'"], {"c.type": [0, 1]}),
    (column("date"), "timestamp", ["'2026-01-05'", "'2026-01-05 10:00:00'"], {"c.type": [1]}),
    (options("date", format="dd.MM.yyyy", maximum="31.12.2026"), "varchar", ["'05.01.2026'", "'5.1.2026'",
     "'01.01.2027'"],
     {"c.type": [1], "c.maximum": [2]}),
    (options("time", minimum="09:00:00"), "varchar", ["'08:59:59'", "'09:00'", "'25:00:00'"], {"c.minimum": [0],
     "c.type": [2]}),
    (options("time", maximum="09:00:00"), "timetz", ["'08:00:00+02'", "'09:00:01+00'"], {"c.maximum": [1]}),
    (options("timestamp", minimum="2026-01-05T12:00:00Z"), "timestamptz",
     ["'2026-01-05 11:59:59+00'", "'2026-01-05 13:00:00+01'"], {"c.minimum": [0]}),
    (options("timestamp", minimum="2026-01-05T12:00:00+02:00"), "timestamp",
     ["'2026-01-05 09:59:59'", "'2026-01-05 10:00:00'"], {"c.minimum": [0]}),
    (options("timestamp", format="yyyy-MM-dd'T'HH:mm:ssXXX", maximum="2026-01-05T10:00:00Z"), "varchar",
     ["'2026-01-05T12:00:00+02:00'", "'2026-01-05T10:00:01Z'", "'2026-01-05 10:00:00Z'"], {"c.maximum": [1],
      "c.type": [2]}),
    (options("array", minItems=2, maxItems=2), "integer[]", ["[1]", "[1,2]", "[1,2,3]"], {"c.minItems": [0],
     "c.maxItems": [2]}),
    (options("array", minItems=2, maxItems=2), "json", ["'[10]'", "'[10,20]'", "'[1,2,3]'"],
     {"c.minItems": [0], "c.maxItems": [2]}),
    (options("array", uniqueItems=True), "integer[]", ["[1,1]", "[1,null,null]"], {"c.uniqueItems": [0]}),
    (options("array", uniqueItems=True), "json", ["'[\"a\",\"a\"]'", "'[1,2]'"], {"c.uniqueItems": [0]}),
    (column("array"), "json", ["'[]'", "'{}'", "'null'", "'7'"], {"c.type": [1, 3]}),
    (options("object", required=["a"]), "json", ["'{\"a\":1}'", "'{\"b\":1}'", "null"], {"c.required": [1]}),
    (options("object", maxProperties=1), "map(varchar, integer)", ["map{'a': 1}", "map{'a': 1, 'b': 2}"],
     {"c.maxProperties": [1]}),
    (column("string", required=True), "varchar", ["null", "''"], {"c.required": [0]}),
    (column("string", quality=valid(["a", 1, True])), "varchar", ["'a'", "'1'", "'true'", "'b'"],
     {"c.invalidValues": [3]}),
    (column("integer", quality=valid(["1", "x"])), "bigint", ["1", "2"], {"c.invalidValues": [1]}),
    (column("number", quality=valid([1.5, 2])), "decimal(5,2)", ["1.50", "2", "3"], {"c.invalidValues": [2]}),
    (column("date", quality=valid(["2026-01-05", "never"])), "date", [D, "'2026-01-06'"], {"c.invalidValues": [1]}),
    (column("boolean", quality=valid([True])), "boolean", ["true", "false"], {"c.invalidValues": [1]}),
    (column("timestamp", quality=valid(["2026-01-05T10:00:00Z"])), "timestamptz",
     ["'2026-01-05 12:00:00+02'", "'2026-01-05 10:00:00+02'"], {"c.invalidValues": [1]}),
    (column(None, physicalType="VARCHAR", quality=valid([1, 2])), "varchar", ["'1'", "'x'"], {"c.invalidValues": [1]}),
    (column("string", quality=[{"metric": "missingValues", "mustBe": 0}]), "varchar", ["''", "null", "' '"],
     {"c.missingValues": [0, 1]}),
    (column("string", quality=[{"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": ["N/A"]}}]),
     "varchar",
     ["'N/A'", "null"], {"c.missingValues": [0]}),
    (column("string", quality=[{"metric": "nullValues", "mustBeLessThan": 1}]), "varchar", ["null", "'a'"],
     {"c.nullValues": [0]}),
    (column("string", quality=[{"metric": "nullValues", "mustBeLessThan": 1, "unit": "percent"}]), "varchar",
     ["null"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "values", "broken"), CASES)
def test_a_clause_is_broken_by_its_rows_alone(given, kind, values, broken):
    assert broken_rows(contract(given), kind, values) == broken


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_zone_of_the_session_changes_nothing(zone: str):
    texts = ["'2026-01-05T10:00:00'", "'2026-01-05T10:00:00+02:00'", "'2026-01-05T10:00:00Z'", "'2026-01-05'"]
    zoned = options("timestamp", timezone=True)
    assert read_values(contract(column("timestamp")), "VARCHAR", texts, zone) == [
        "2026-01-05 10:00:00", "2026-01-05 08:00:00", "2026-01-05 10:00:00", "2026-01-05 00:00:00"
    ]  # fmt: skip
    assert read_values(contract(zoned), "VARCHAR", texts, zone) == [
        "2026-01-05 10:00:00+00", "2026-01-05 08:00:00+00", "2026-01-05 10:00:00+00", "2026-01-05 00:00:00+00"
    ]  # fmt: skip
    berlin = options("timestamp", timezone=True, defaultTimezone="Europe/Berlin")
    assert read_values(contract(berlin), "VARCHAR", texts[:2], zone) == [
        "2026-01-05 09:00:00+00",
        "2026-01-05 08:00:00+00",
    ]
    midnight = ["'2026-01-05 00:00:00+00'", "'2026-01-05 00:00:00+01'"]
    assert broken_rows(contract(column("date")), "timestamptz", midnight, zone) == {"c.type": [1]}


@pytest.mark.parametrize(
    ("pattern", "text", "read"),
    [
        ("yyyy-MM-dd HH:mm:ss", "2026-01-05 03:04:05", "2026-01-05 03:04:05"),
        ("d MMM yyyy", "5 Jan 2026", "2026-01-05 00:00:00"),
        ("d MMM yyyy", "05 January 2026", None),
        ("yyyyMMddHHmmss", "20260105030405", "2026-01-05 03:04:05"),
        ("dd/MM/yy hh:mm a", "05/01/26 01:02 PM", "2026-01-05 13:02:00"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-01-05T03:04:05.678", "2026-01-05 03:04:05.678"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-01-05T03:04:05+01:00", "2026-01-05 02:04:05"),
        ("yyyy-MM-dd'T'HH:mm:ssX", "2026-01-05T03:04:05Z", "2026-01-05 03:04:05"),
        ("yyyy 'o''clock' HH", "2026 o'clock 03", "2026-01-01 03:00:00"),
        ("yyyy'%d'", "2026%d", "2026-01-01 00:00:00"),
        ("MM/dd/yyyy", "1/5/2026", None),
    ],
)
def test_formats_are_those_of_java(pattern: str, text: str, read: str | None):
    quoted = "'" + text.replace("'", "''") + "'"
    assert read_values(contract(options("timestamp", format=pattern)), "VARCHAR", [quoted]) == [read]


@pytest.mark.parametrize("pattern", ["yyyy-MM-dd G", "VV", "yyyy[-MM]", "yyyy 'open", "YYYY"])
def test_a_format_without_counterpart_is_refused(pattern: str):
    with pytest.raises(ConfigError, match="format"):
        broken_rows(contract(options("timestamp", format=pattern)), "varchar", ["'x'"])


def test_a_property_without_a_logical_type_is_no_map():
    made = contract({"name": "a", "physicalType": "TEXT"}, {"name": "b", "logicalTypeOptions": {"whatever": 1}})
    assert [each.name for each in made.tables[0].schema.properties] == ["a", "b"]


def test_a_mild_rule_warns_and_a_rule_with_an_action_has_it():
    rule = {"metric": "nullValues", "mustBe": 0, "severity": "warning"}
    own = {**rule, "customProperties": [{"property": "action", "value": "fail"}]}
    for given, action in ((rule, "warn"), (own, "fail")):
        from sbdk.contracts.row_clauses import row_clauses

        (clause,) = row_clauses(
            contract(column("string", quality=[given])).tables[0], {"c": "VARCHAR"}, lambda kind: {}
        )
        assert clause.action == action
