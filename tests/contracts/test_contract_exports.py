"""A contract in the forms of other tools, each judged by its own tool on rows that are good or bad by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import jsonschema
import pydantic
import pytest
import yaml

from sbdk.contracts.document import Contract, parse_contract
from sbdk.contracts.exports import FORMATS, export_contract
from sbdk.core.errors import UnknownName

HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "shop", "name": "shop", "version": "2.1.0"}
CUSTOMERS = {"name": "customers", "properties": [{"name": "id", "logicalType": "integer", "primaryKey": True}]}
ORDERS = {
    "name": "orders",
    "description": "One row per order.",
    "properties": [
        {"name": "id", "logicalType": "integer", "physicalType": "BIGINT", "primaryKey": True},
        {"name": "customer_id", "logicalType": "integer", "required": True, "relationships": [{"to": "customers.id"}]},
        {"name": "mail", "logicalType": "string", "classification": "pii", "logicalTypeOptions": {"format": "email"}},
        {"name": "state", "logicalType": "string", "required": True,
         "quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["new", "paid"]}}]},
        {"name": "amount", "logicalType": "number", "physicalType": "DECIMAL(12,2)", "required": True,
         "logicalTypeOptions": {"minimum": 0, "exclusiveMaximum": 1000}},
        {"name": "code", "logicalType": "string", "logicalTypeOptions": {"pattern": "^[A-Z]{2}$", "maxLength": 2}},
        {"name": "day", "logicalType": "date", "logicalTypeOptions": {"minimum": "2026-01-01"}},
        {"name": "at", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}},
        {"name": "address", "logicalType": "object",
         "properties": [{"name": "city", "logicalType": "string", "required": True}]},
        {"name": "tags", "logicalType": "array", "logicalTypeOptions": {"maxItems": 2},
         "items": {"logicalType": "string", "logicalTypeOptions": {"minLength": 1}}},
    ],
    "quality": [{"metric": "rowCount", "mustBeBetween": [1, 10]}],
}  # fmt: skip
GOOD: dict[str, Any] = {
    "id": 1, "customer_id": 7, "mail": "a@b.co", "state": "new", "amount": 9.99, "code": "DE", "day": "2026-01-05",
    "at": "2026-01-05T10:00:00Z", "address": {"city": "Bonn"}, "tags": ["x"],
}  # fmt: skip
BAD: dict[str, Any] = {
    "customer_id": None, "mail": "nobody", "state": "lost", "amount": -1, "code": "Dx", "day": "2025-12-31",
    "address": {"city": None}, "tags": ["a", "b", "c"],
}  # fmt: skip


def made(*schemas: dict[str, Any]) -> Contract:
    return parse_contract({**HEAD, "schema": list(schemas or (ORDERS,))})


def test_json_schema_by_jsonschema():
    schema = json.loads(export_contract(made(), "json-schema").text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(GOOD)
    validator.validate({**GOOD, "mail": None, "address": None, "tags": None})
    for name, value in {**BAD, "day": "no day"}.items():
        assert not validator.is_valid({**GOOD, name: value}), name
    assert not validator.is_valid({key: value for key, value in GOOD.items() if key != "state"})
    several = json.loads(export_contract(made(CUSTOMERS, ORDERS), "json-schema").text)
    assert set(several["$defs"]) == {"customers", "orders"}


def test_sql_by_duckdb():
    made_text = export_contract(made(ORDERS, CUSTOMERS), "sql").text
    shape = json.dumps({"id": "BIGINT", "customer_id": "BIGINT", "mail": "VARCHAR", "state": "VARCHAR",
                        "amount": "DECIMAL(12,2)", "code": "VARCHAR", "day": "DATE", "at": "TIMESTAMPTZ",
                        "address": {"city": "VARCHAR"}, "tags": ["VARCHAR"]})  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(made_text)
        connection.execute("insert into customers values (7)")
        columns = [row[:2] for row in connection.execute("describe orders").fetchall()]
        assert ("amount", "DECIMAL(12,2)") in columns
        assert ("address", "STRUCT(city VARCHAR)") in columns
        insert = f"insert into orders by name select unnest(from_json($row::json, '{shape}'))"
        connection.execute(insert, {"row": json.dumps(GOOD)})
        for name, value in {**BAD, "id": 1, "customer_id": 8}.items():
            row = json.dumps({**GOOD, "id": 2, name: value})
            with pytest.raises(duckdb.ConstraintException):
                connection.execute(insert, {"row": row})
        connection.execute(insert, {"row": json.dumps({**GOOD, "id": 2, "mail": None, "tags": None})})


def test_pydantic_by_pydantic(monkeypatch: pytest.MonkeyPatch):
    module = ModuleType("shop_models")
    monkeypatch.setitem(sys.modules, "shop_models", module)
    exec(compile(export_contract(made(CUSTOMERS, ORDERS), "pydantic").text, "shop_models.py", "exec"), module.__dict__)
    orders = module.Orders
    row = orders.model_validate(GOOD)
    assert (row.address.city, str(row.amount)) == ("Bonn", "9.99")
    orders.model_validate({**GOOD, "mail": None, "tags": None})
    for name, value in {**BAD, "amount": 1000, "id": None, "tags": [""]}.items():
        with pytest.raises(pydantic.ValidationError):
            orders.model_validate({**GOOD, name: value})


def test_dlt_by_dlt():
    import dlt

    namespace: dict[str, Any] = {}
    exec(export_contract(made(CUSTOMERS, ORDERS), "dlt").text, namespace)
    resource = dlt.resource([], **namespace["ORDERS"])
    table = resource.compute_table_schema()
    assert table["name"] == "orders"
    columns = table["columns"]
    assert columns["id"]["primary_key"]
    assert (columns["amount"]["data_type"], columns["amount"]["precision"], columns["amount"]["scale"]) == (
        "decimal",
        12,
        2,
    )
    assert (columns["state"]["nullable"], columns["mail"]["nullable"]) == (False, True)
    assert columns["at"]["timezone"] is True
    assert table["references"] == [
        {"columns": ["customer_id"], "referenced_table": "customers", "referenced_columns": ["id"]}
    ]


def test_avro_keeps_the_rules_of_its_specification():
    """Names, unions and defaults as chapter "Schema Declaration" of the Avro specification asks."""
    import re

    records = json.loads(export_contract(made(CUSTOMERS, ORDERS), "avro").text)
    names: list[str] = []

    def check(schema: Any) -> None:
        if isinstance(schema, list):
            kinds = [each if isinstance(each, str) else each.get("name", each["type"]) for each in schema]
            assert len(kinds) == len(set(kinds))
            list(map(check, schema))
        elif isinstance(schema, dict):
            if schema["type"] in ("record", "enum"):
                assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", schema["name"])
                names.append(schema["name"])
            for field in schema.get("fields", []):
                assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", field["name"])
                if isinstance(field["type"], list):
                    assert field["type"][0] == "null"
                    assert field["default"] is None
                check(field["type"])
            if schema["type"] == "array":
                check(schema["items"])
        else:
            assert schema in {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}

    check(records)
    assert len(names) == len(set(names))
    fields = {each["name"]: each["type"] for each in records[1]["fields"]}
    assert fields["amount"] == {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}
    assert fields["state"]["symbols"] == ["new", "paid"]
    assert fields["at"] == ["null", {"type": "long", "logicalType": "timestamp-micros"}]
    assert fields["day"] == ["null", {"type": "int", "logicalType": "date"}]
    assert fields["customer_id"] == "long"


def test_great_expectations_by_names_and_arguments():
    suite = json.loads(export_contract(made(), "great-expectations").text)
    found = {(each["type"], json.dumps(each["kwargs"], sort_keys=True)) for each in suite["expectations"]}

    def has(kind: str, **arguments: Any) -> bool:
        return (kind, json.dumps(arguments, sort_keys=True)) in found

    assert suite["name"] == "orders"
    assert has("expect_column_values_to_not_be_null", column="id")
    assert has("expect_column_values_to_be_unique", column="id")
    assert has("expect_column_values_to_be_in_set", column="state", value_set=["new", "paid"])
    assert has("expect_column_values_to_be_between", column="amount", min_value=0)
    assert has("expect_column_values_to_be_between", column="amount", max_value=1000, strict_max=True)
    assert has("expect_column_value_lengths_to_be_between", column="code", max_value=2)
    assert has("expect_table_row_count_to_be_between", min_value=1, max_value=10)


def test_what_a_form_cannot_hold_is_said():
    left = {form: export_contract(made(CUSTOMERS, ORDERS), form).left_out for form in FORMATS}
    assert left["sql"] == ["orders.rowCount", "orders.tags[].minLength"]
    assert "orders.customer_id.relationship" in left["json-schema"]
    assert "orders.amount.minimum" in left["avro"]
    assert "orders.mail.format" in left["dbt"]
    assert "orders.rowCount" not in left["great-expectations"]
    with pytest.raises(UnknownName, match="avor"):
        export_contract(made(), "avor")


def test_dbt_by_dbt(tmp_path: Path):
    from support import plain

    models = tmp_path / "dbt" / "models"
    models.mkdir(parents=True)
    text = export_contract(made(CUSTOMERS, ORDERS), "dbt").text
    (models / "sources.yml").write_text(text)
    assert yaml.safe_load(text)["sources"][0]["tables"][1]["name"] == "orders"
    (tmp_path / "dbt" / "dbt_project.yml").write_text("name: shop\nversion: '1.0'\nprofile: shop\n")
    profile = "shop: {target: dev, outputs: {dev: {type: duckdb, path: \"{{ env_var('SBDK_DATABASE') }}\"}}}\n"
    (tmp_path / "dbt" / "profiles.yml").write_text(profile)
    database = tmp_path / "work" / "dev.duckdb"
    database.parent.mkdir()
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw; create table raw.customers as select 7 as id")
        connection.execute(
            "create table raw.orders as select * from (values (1, 7, 'new'), (1, 8, 'lost')) v(id, customer_id, state)"
        )
        for name in ("mail", "amount"):
            connection.execute(f"alter table raw.orders add column {name} integer default 1")
    answer = plain.dbt(tmp_path / "dbt", database, "test")
    assert answer.code == 1, answer
    results = json.loads((database.parent / "target" / "run_results.json").read_text())["results"]
    failed = {each["unique_id"].split(".")[2] for each in results if each["status"] == "fail"}
    assert failed == {
        "source_unique_raw_orders_id",
        "source_accepted_values_raw_orders_state__new__paid",
        "source_relationships_raw_orders_customer_id__id__source_raw_customers_",
    }
    assert {each["status"] for each in results} == {"fail", "pass"}
