"""The verdict on a whole table: each clause with the rows that break it, counted by hand, and its first example."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sbdk.contracts.document import parse_contract
from sbdk.contracts.verdict import Judge, TableVerdict
from sbdk.core.errors import ConfigError
from support.contract_documents import contract, in_memory

NOW = datetime(2026, 1, 10, 12, 0, 0)
HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "c", "name": "c", "version": "1.0.0"}
SHOP = {
    **HEAD,
    "schema": [
        {
            "name": "orders",
            "physicalName": "raw_orders",
            "properties": [
                {"name": "id", "physicalName": "order_id", "logicalType": "integer", "primaryKey": True},
                {"name": "customer", "physicalName": "customer_id", "logicalType": "integer",
                 "relationships": [{"to": "customers.number"}]},
                {"name": "mail", "logicalType": "string", "classification": "pii",
                 "logicalTypeOptions": {"format": "email"},
                 "unique": True},
                {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}, "quality": [
                    {"metric": "nullValues", "mustBeLessThan": 25, "unit": "percent"},
                    {"type": "sql", "name": "total", "query": "SELECT sum({property}) FROM {object}  -- all of it",
                     "mustBeBetween": [0, 100]},
                ]},
                {"name": "at", "logicalType": "timestamp"},
            ],
            "quality": [
                {"metric": "rowCount", "mustBeGreaterThan": 5},
                {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["customer", "at"]}},
            ],
        },
        {"name": "customers", "physicalName": "raw_customers",
         "properties": [{"name": "number", "physicalName": "customer_id", "logicalType": "integer"}]},
    ],
    "slaProperties": [{"property": "freshness", "value": 2, "unit": "d", "element": "orders.at"}],
}  # fmt: skip
ROWS = """create table raw_orders as select * from (values
    (1, 7, 'a@b.co', 60.0, timestamp '2026-01-01'),
    (2, 8, 'a@b.co', 50.5, timestamp '2026-01-02'),
    (2, 9, 'nobody', -1.0, timestamp '2026-01-03'),
    (null, 7, null, null, timestamp '2026-01-01')) v(order_id, customer_id, mail, amount, "at")"""


def verdict(**options: Any) -> TableVerdict:
    connection = in_memory(ROWS, "create table raw_customers as select * from (values (7), (8)) v(customer_id)")
    table = parse_contract(SHOP).tables[0]
    return Judge(connection, table, "raw_orders", {"raw_customers": "raw_customers"}, NOW, **options).verdict()


def test_each_clause_counts_its_rows():
    found = {each.rule: (each.status, each.broken, each.example) for each in verdict().clauses}
    assert found == {
        "order_id.required": ("fail", 1, "null"),
        "mail.format": ("fail", 1, "***"),
        "amount.minimum": ("fail", 1, '"-1.0"'),
        "order_id.primaryKey": ("fail", 1, "2"),
        "mail.unique": ("fail", 1, "***"),
        "customer_id+at.duplicateValues": ("fail", 1, '[7, "2026-01-01T00:00:00"]'),
        "customer_id.relationship": ("fail", 1, "9"),
        "amount.nullValues": ("fail", 1, "25.0"),  # 1 of 4 rows, and less than 25 percent are allowed
        "total": ("fail", 1, '"109.5"'),
        "rowCount": ("fail", 1, "4"),
        "at.freshness": ("warn", 1, str(7 * 86_400 + 43_200)),
    }


def test_personal_data_is_shown_when_asked_for():
    found = {each.rule: each.example for each in verdict(show_pii=True).clauses}
    assert (found["mail.format"], found["mail.unique"]) == ('"nobody"', '"a@b.co"')


def test_a_table_is_judged_in_the_types_of_its_contract():
    made = contract({"name": "c", "logicalType": "integer", "unique": True})
    connection = in_memory("create table t as select * from (values ('1'), ('01'), ('x')) v(c)")
    found = Judge(connection, made.tables[0], "t", {}, NOW).verdict()
    assert [(each.rule, each.broken, each.example) for each in found.clauses] == [
        ("c.type", 1, '"x"'),
        ("c.unique", 1, "1"),
    ]


def test_a_missing_parent_is_skipped_and_a_new_column_is_found():
    action = [{"property": "newColumns", "value": "fail"}]
    column = {"name": "c", "logicalType": "integer", "relationships": [{"to": "elsewhere.id"}]}
    made = contract(column, table={"customProperties": action})
    connection = in_memory("create table t as select 1 as c, 2 as d, 3 as _dlt_id")
    found = Judge(connection, made.tables[0], "t", {}, NOW).verdict()
    assert [(each.rule, each.status, each.example) for each in found.clauses] == [
        ("newColumns", "fail", '"d"'),
        ("c.relationship", "skipped", None),
    ]


def test_a_name_may_hold_dots_and_quotes():
    made = contract({"name": 'a.b "c" {d}', "logicalType": "integer", "unique": True,
     "logicalTypeOptions": {"minimum": 1},
                     "quality": [{"metric": "nullValues", "mustBeLessThan": 1, "unit": "percent"}]})  # fmt: skip
    connection = in_memory('create table t ("a.b ""c"" {d}" integer)', "insert into t values (0), (2), (2)")
    found = {each.kind: each for each in Judge(connection, made.tables[0], "t", {}, NOW).verdict().clauses}
    assert {kind: (each.broken, each.example) for kind, each in found.items()} == {
        "minimum": (1, "0"), "unique": (1, "2"), "nullValues": (0, None)
    }  # fmt: skip
    assert found["minimum"].column == 'a.b "c" {d}'


def test_what_dlt_loads_apart_is_skipped_and_what_is_not_there_fails():
    nested = [{"name": name, "logicalType": kind, "required": True} for name, kind in
              (("address", "object"), ("tags", "array"), ("gone", "object"))]  # fmt: skip
    connection = in_memory("create table t as select 'Bonn' as address__city")
    found = Judge(connection, contract(*nested).tables[0], "t", {"t__tags": "t__tags"}, NOW).verdict()
    assert {each.column: (each.status, each.broken) for each in found.clauses} == {
        "address": ("skipped", 0), "tags": ("skipped", 0), "gone": ("fail", 1)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "(?=a)"}}, "t.c.invalidValues"),
        ({"type": "sql", "name": "mine", "query": "SELECT nonsense FROM {object}", "mustBe": 0}, "t.mine"),
    ],
)
def test_a_clause_that_is_no_sql_is_refused_with_its_place(rule: dict[str, Any], place: str):
    made = contract({"name": "c", "logicalType": "string", "quality": [rule]})
    with pytest.raises(ConfigError, match=place):
        Judge(in_memory("create table t as select 'a' as c"), made.tables[0], "t", {}, NOW).verdict()


def test_freshness_does_not_depend_on_the_zone_of_the_session():
    levels = [{"property": "freshness", "value": 1, "unit": "h", "element": "t.c"},
              {"property": "latency", "value": 1, "unit": "h", "element": "t.c, t.d"}]  # fmt: skip
    made = contract(
        {"name": "c", "logicalType": "timestamp"}, {"name": "d", "logicalType": "timestamp"}, slaProperties=levels
    )
    connection = in_memory(
        "set TimeZone = 'Asia/Tokyo'",
        "create table t as select timestamptz '2026-01-10 11:30:00+00' as c, timestamptz '2026-01-10 12:45:00+00' as d",
    )
    found = {each.kind: each for each in Judge(connection, made.tables[0], "t", {}, NOW).verdict().clauses}
    assert found["freshness"].status == "pass"
    assert (found["latency"].status, found["latency"].example) == ("warn", "4500")
