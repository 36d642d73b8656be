"""What is inferred from rows that were made by hand, and what personal data is found in them."""

from __future__ import annotations

from typing import Any

import pytest

from sbdk.contracts.document import parse_contract
from sbdk.contracts.inference import infer_contract
from sbdk.contracts.personal_data import find_personal_data
from sbdk.contracts.yaml_text import as_yaml
from sbdk.spec import strict_yaml
from sbdk.targets.base import ColumnInfo
from support.contract_documents import in_memory

EVERYTHING = """create table t as select
    i::bigint as id, (i % 5)::integer as other_id, 'u' || i || '@x.org' as mail, uuid() as token,
    'https://x.org/' || i as link, (i / 4)::decimal(12,2) as price, i - 50 as delta,
    case when i % 10 = 0 then null else i end as sometimes, (array['new', 'paid', '1e5'])[i % 3 + 1] as state,
    date '2026-01-01' + i::integer as day, timestamptz '2026-01-01 00:00:00+00' as moment, {'a': i,
     'b': [1.5]} as nested,
    '{"x": 1}'::json as doc, [1]::json as list, 'ab'::blob as bytes, true as flag, i as _dlt_id, 'word' || i as free
    from range(1, 121) r(i)"""


def inferred(sql: str, **more: Any) -> dict[str, dict[str, Any]]:
    connection = in_memory(sql)
    document = infer_contract(connection, "t", connection.columns("t"), "t", **more)
    parse_contract(document)
    assert strict_yaml.load(as_yaml(document)) == document
    return {each["name"]: each for each in document["schema"][0]["properties"]}


def test_types_keys_formats_and_values():
    found = inferred(EVERYTHING)
    assert "_dlt_id" not in found
    assert found["id"] == {
        "name": "id", "logicalType": "integer", "physicalType": "BIGINT", "primaryKey": True, "primaryKeyPosition": 1,
        "required": True, "unique": True,
    }  # fmt: skip
    assert found["other_id"] == {
        "name": "other_id",
        "logicalType": "integer",
        "physicalType": "INTEGER",
        "required": True,
    }
    assert found["mail"]["logicalTypeOptions"] == {"format": "email"}
    assert found["mail"]["classification"] == "pii"
    assert found["token"]["logicalTypeOptions"] == {"format": "uuid"}
    assert found["link"]["logicalTypeOptions"] == {"format": "uri"}
    assert found["price"]["physicalType"] == "DECIMAL(12,2)"
    assert found["price"]["logicalTypeOptions"] == {"minimum": 0}
    assert "logicalTypeOptions" not in found["delta"]
    assert "required" not in found["sometimes"]
    assert found["state"]["quality"] == [
        {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["1e5", "new", "paid"]}}
    ]
    assert "quality" not in found["free"]
    assert found["moment"]["logicalTypeOptions"] == {"timezone": True}
    assert [each["logicalType"] for each in found["nested"]["properties"]] == ["integer", "array"]
    assert found["nested"]["properties"][1]["items"]["logicalType"] == "number"
    kinds = {name: found[name]["logicalType"] for name in ("doc", "list", "bytes", "flag", "day")}
    assert kinds == {"doc": "object", "list": "array", "bytes": "string", "flag": "boolean", "day": "date"}


def test_a_unique_column_of_few_rows_is_no_key_and_few_rows_no_enumeration():
    found = inferred("create table t as select i as id, 'x' as state from range(99) r(i)")
    assert "unique" not in found["id"]
    assert "quality" not in found["state"]


def test_declared_keys_come_before_candidates():
    sql = "create table t as select i as id, i as code, i % 7 as parent_id from range(100) r(i)"
    found = inferred(sql, key=("code",), parents={"parent_id": "parents.id"})
    assert found["code"]["primaryKey"]
    assert "primaryKey" not in found["id"]
    assert found["id"]["unique"]
    assert found["parent_id"]["relationships"] == [{"to": "parents.id"}]


def test_no_rows_promise_nothing():
    found = inferred("create table t (id integer, name varchar)")
    assert found == {
        "id": {"name": "id", "logicalType": "integer", "physicalType": "INTEGER"},
        "name": {"name": "name", "logicalType": "string", "physicalType": "VARCHAR"},
    }


# Check digits: test numbers that card companies and the IBAN registry publish, and the same with one digit changed.
@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("card", ["4111 1111 1111 1111", "5555555555554444", "378282246310005", "30569309025904",
         "6011-1111-1111-1117"],
         ["4111 1111 1111 1112", "5555555555554445", "1234567890123456", "4111"]),
        ("iban", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606",
         "NO9386011117947"],
         ["DE88 3704 0044 0532 0130 00", "GB82WEST12345698765433", "DE89", "XX"]),
        ("ip", ["192.168.0.1", "2001:db8::ff00:42:8329", "::1"], ["256.1.1.1", "1.2.3", "12:30:00", "a::b::zz"]),
        ("phone", ["+49 30 1234567", "(415) 555-2671", "415-555-2671", "+14155552671"],
         ["2026-01-05", "12345678", "10.50", "+12"]),
        ("email", ["a@b.co", "x.y+z@d.example.org"], ["a@b", "@b.co", "a b@c.de"]),
    ],
)  # fmt: skip
def test_personal_data_is_known_by_its_check_digits(kind: str, good: list[str], bad: list[str]):
    rows = ", ".join(f"('{value}')" for value in good + bad)
    connection = in_memory(f"create table t as select * from (values {rows}) v(c)")
    found = {each.kind: each for each in find_personal_data(connection, "t", [ColumnInfo("c", "VARCHAR")], "t")}
    assert (found[kind].matches, found[kind].rows) == (len(good), len(good) + len(bad))
    for value in bad:
        connection = in_memory(f"create table t as select '{value}' as c")
        assert kind not in {
            each.kind for each in find_personal_data(connection, "t", [ColumnInfo("c", "VARCHAR")], "t")
        }


def test_numbers_may_be_cards_and_columns_have_telling_names():
    connection = in_memory(
        "create table t as select 4111111111111111 as card, 4915112345678 as phone, 'Ada' as first_name, 'Ada' as name,"
        " '49301234567' as mobile_number, 4111111111111112 as counter"
    )
    columns = connection.columns("t")
    assert {(each.column, each.kind) for each in find_personal_data(connection, "t", columns, "customers")} == {
        ("card", "card"), ("phone", "phone"), ("first_name", "name"), ("name", "name"), ("mobile_number", "phone")
    }  # fmt: skip
    assert "name" not in {each.column for each in find_personal_data(connection, "t", columns, "products")}


@pytest.mark.parametrize(
    "text", ["1e5", "NO", "null", "~", "012", "1_000", "12:30:00", "true", "- a", "a: b", "ü\n", "'", ""]
)
def test_texts_survive_yaml(text: str):
    assert strict_yaml.load(as_yaml({"a": [text]})) == {"a": [text]}
