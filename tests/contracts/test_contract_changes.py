"""The changes between two versions of a contract, each alone, and whose work it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sbdk.contracts.changes import KINDS, compare_contracts
from sbdk.contracts.document import Contract, parse_contract
from support.contract_documents import contract

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"


def column(**keys: Any) -> dict[str, Any]:
    return {"name": "c", "logicalType": "integer", **keys}


def text(**keys: Any) -> dict[str, Any]:
    return {"name": "c", "logicalType": "string", **keys}


def limits(**keys: Any) -> dict[str, Any]:
    return column(logicalTypeOptions=keys)


def values(*given: str, **keys: Any) -> dict[str, Any]:
    rule = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": list(given)}, **keys}
    return text(quality=[rule])


def nulls(**keys: Any) -> dict[str, Any]:
    return column(quality=[{"metric": "nullValues", **keys}])


WARN = [{"property": "action", "value": "warn"}]
CASES = [
    (column(), column(description="other"), []),
    (column(), column(name="d"), ["property added", "property removed"]),
    (column(id="x"), column(id="x", name="d"), ["property renamed"]),
    (column(), column(physicalName="d"), ["property renamed"]),
    (column(), text(), ["type changed"]),
    (column(logicalType="number"), column(), ["type narrowed"]),
    (column(), column(logicalType="number"), ["type changed"]),
    (column(physicalType="INTEGER"), column(physicalType="BIGINT"), ["type widened"]),
    (column(physicalType="BIGINT"), column(physicalType="int"), ["type narrowed"]),
    (text(physicalType="VARCHAR(10)"), text(physicalType="varchar(20)"), ["type widened"]),
    (text(physicalType="VARCHAR(10)"), text(physicalType="VARCHAR"), ["type widened"]),
    (text(physicalType="VARCHAR"), text(physicalType="TEXT"), []),
    (column(logicalType="number", physicalType="DECIMAL(12,2)"), column(logicalType="number",
     physicalType="DECIMAL(12,4)"),
     ["type narrowed"]),  # ten digits before the point became eight
    (limits(format="i32"), limits(format="i64"), ["type widened"]),
    (text(logicalTypeOptions={}), text(logicalTypeOptions={"format": "email"}), ["rule tightened"]),
    (column(required=True), column(), ["no longer required"]),
    (column(), column(required=True), ["now required"]),
    (column(unique=True), column(), ["no longer unique"]),
    (column(), column(unique=True), ["now unique"]),
    (column(required=True), column(required=True, primaryKey=True), ["primary key changed"]),
    (limits(minimum=0), limits(minimum=1), ["rule tightened"]),
    (limits(minimum=0), limits(minimum=-1), ["rule loosened"]),
    (limits(maximum=9), limits(maximum=10), ["rule loosened"]),
    (limits(maximum=9), limits(), ["rule loosened"]),
    (limits(multipleOf=5), limits(multipleOf=10), ["rule tightened"]),
    (limits(multipleOf=5), limits(multipleOf=7), ["rule changed"]),
    (text(logicalTypeOptions={"pattern": "a"}), text(logicalTypeOptions={"pattern": "b"}), ["rule changed"]),
    (values("a"), values("a", "b"), ["value added"]),
    (values("a", "b"), values("a"), ["value removed"]),
    (values("a"), text(), ["rule loosened"]),
    (text(), values("a"), ["rule tightened"]),
    (values("a"), values("a", "b", customProperties=WARN), ["rule loosened"]),
    (nulls(mustBeLessThan=5), nulls(mustBeLessThan=3), ["rule tightened"]),
    (nulls(mustBeLessThan=5), nulls(mustBeLessOrEqualTo=5), ["rule loosened"]),
    (nulls(mustBeLessThan=5), nulls(mustBeLessThan=5, unit="percent"), ["rule loosened", "rule tightened"]),
    (nulls(mustBeBetween=[1, 5]), nulls(mustBeBetween=[2, 6]), ["rule changed"]),
    (nulls(mustBe=0), nulls(mustBe=0, customProperties=WARN), ["rule loosened"]),
    (column(relationships=[{"to": "p.id"}]), column(), ["relationship removed"]),
    (column(), column(relationships=[{"to": "p.id"}]), ["relationship added"]),
    (column(), column(classification="pii"), ["classification changed"]),
    (column(logicalType="object", properties=[text(required=True)]), column(logicalType="object", properties=[text()]),
     ["no longer required"]),
    (column(logicalType="array", items={"logicalType": "integer"}), column(logicalType="array",
     items={"logicalType": "string"}),
     ["type changed"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kinds"), CASES)
def test_a_change_is_known_and_breaks_whom_it_breaks(old: dict[str, Any], new: dict[str, Any], kinds: list[str]):
    found = compare_contracts(contract(old), contract(new))
    assert sorted({each.change for each in found}) == kinds
    for each in found:
        assert each.breaking == bool(KINDS[each.change])


def test_the_promise_is_to_readers_and_the_demand_on_writers():
    def broken(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
        return {each.for_ for each in compare_contracts(contract(old), contract(new)) if each.breaking}

    assert broken(column(required=True), column()) == {"readers"}
    assert broken(column(), column(required=True)) == {"writers"}
    assert broken(column(), text()) == {"readers", "writers"}
    assert broken(values("a"), values("a", "b")) == {"readers"}
    assert broken(column(physicalType="INTEGER"), column(physicalType="BIGINT")) == set()


def tables(*names: str, **keys: Any) -> Contract:
    head = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "c", "name": "c", "version": "1.0.0"}
    return parse_contract({**head, "schema": [{"name": name, "properties": [column()], **keys} for name in names]})


def test_tables_and_service_levels():
    assert [each.change for each in compare_contracts(tables("a"), tables("a", "b"))] == ["table added"]
    gone = compare_contracts(tables("a", "b"), tables("a"))
    assert [(each.change, each.table, each.for_) for each in gone] == [
        ("table removed", "b", "readers"), ("table removed", "b", "writers")
    ]  # fmt: skip
    renamed = compare_contracts(tables("a", id="x"), tables("z", id="x"))
    assert {(each.change, each.old, each.new) for each in renamed} == {("table renamed", "a", "z")}

    def level(value: int, unit: str) -> Contract:
        return contract(
            column(), slaProperties=[{"property": "freshness", "value": value, "unit": unit, "element": "t.c"}]
        )

    assert [each.change for each in compare_contracts(level(1, "d"), level(36, "h"))] == ["service level lowered"]
    assert [each.change for each in compare_contracts(level(1, "d"), level(24, "h"))] in ([], ["service level raised"])
    assert [each.change for each in compare_contracts(level(1, "d"), level(2, "h"))] == ["service level raised"]


def test_the_page_has_the_same_table_of_changes():
    rows = [
        line.split("|")[1:4] for line in PAGE.read_text().splitlines() if line.startswith("| ") and line.count("|") == 4
    ]
    told = {
        name: tuple(party for party, mark in (("readers", readers), ("writers", writers)) if mark == "breaks")
        for name, readers, writers in ([cell.strip() for cell in row] for row in rows)
        if name in KINDS
    }
    assert told == KINDS
