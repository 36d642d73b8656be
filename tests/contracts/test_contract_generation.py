"""Rows made from a contract keep it, and each row that breaks it breaks one clause, as they stand in the file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sbdk.app.contract.generate import generate_files
from sbdk.app.contract.judge import judge_file
from sbdk.contracts.document import parse_contract
from sbdk.contracts.pattern_text import matching_text
from sbdk.contracts.yaml_text import as_yaml
from sbdk.core.errors import UsageError
from support.contract_documents import contract

COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "logicalType": "integer", "primaryKey": True, "logicalTypeOptions": {"format": "i32"}},
    {"name": "mail", "logicalType": "string", "unique": True, "logicalTypeOptions": {"format": "email",
     "maxLength": 30}},
    {"name": "code", "logicalType": "string", "required": True,
     "logicalTypeOptions": {"pattern": "^[A-Z]{2}-[0-9]{3}$"}},
    {"name": "size", "logicalType": "integer",
     "logicalTypeOptions": {"minimum": 5, "exclusiveMaximum": 100, "multipleOf": 5}},
    {"name": "price", "logicalType": "number", "logicalTypeOptions": {"exclusiveMinimum": 0, "maximum": 1000}},
    {"name": "state", "logicalType": "string", "quality": [
        {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["new", "paid"]}},
        {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": ["N/A", ""]}}]},
    {"name": "day", "logicalType": "date", "logicalTypeOptions": {"minimum": "2026-01-01", "maximum": "2026-12-31"}},
    {"name": "local", "logicalType": "date", "logicalTypeOptions": {"format": "dd.MM.yyyy", "maximum": "2026-12-31"}},
    {"name": "at", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True,
     "minimum": "2026-01-01T00:00:00Z"}},
    {"name": "clock", "logicalType": "time", "logicalTypeOptions": {"minimum": "08:00:00",
     "exclusiveMaximum": "20:00:00"}},
    {"name": "flag", "logicalType": "boolean"},
    {"name": "tags", "logicalType": "array", "logicalTypeOptions": {"minItems": 1, "maxItems": 3, "uniqueItems": True}},
    {"name": "extra", "logicalType": "object", "logicalTypeOptions": {"required": ["a"]}},
]  # fmt: skip
NOT_ALONE = {"state.missingValues"}  # N/A is none of the valid values either, and both clauses are broken by it


def test_each_clause_is_broken_by_its_row_alone(tmp_path: Path):
    made = contract(*COLUMNS)
    (tmp_path / "t.yaml").write_text(as_yaml(made.document.model_dump(exclude_none=True, by_alias=True)))
    rows, (data, key_file) = generate_files(made.tables[0], 200, tmp_path / "out", violating=True)
    key = json.loads(key_file.read_text())
    assert (key["rows"], len(rows.rows)) == (len(data.read_text().splitlines()), key["rows"])
    assert set(key["not_made"]) == NOT_ALONE
    (verdict,) = judge_file(data, str(tmp_path / "t.yaml"), None)
    broken = {each.rule: each.broken for each in verdict.clauses}
    assert broken == {**{each["rule"]: 1 for each in key["violations"]}, **dict.fromkeys(NOT_ALONE, 0)}
    assert {each["row"] for each in key["violations"]} == set(range(200, key["rows"]))
    lines = [json.loads(line) for line in data.read_text().splitlines()]
    assert all(re.fullmatch("[A-Z]{2}-[0-9]{3}", row["code"]) for row in lines[:200])
    assert len({row["mail"] for row in lines[:200]}) == 200


def test_rows_without_violations_keep_the_contract(tmp_path: Path):
    made = contract(*COLUMNS)
    (tmp_path / "t.yaml").write_text(as_yaml(made.document.model_dump(exclude_none=True, by_alias=True)))
    _, (data,) = generate_files(made.tables[0], 50, tmp_path / "out", violating=False)
    (verdict,) = judge_file(data, str(tmp_path / "t.yaml"), None)
    assert (verdict.rows, [each.rule for each in verdict.clauses if each.status != "pass"]) == (50, [])
    with pytest.raises(UsageError, match="there already"):
        generate_files(made.tables[0], 50, tmp_path / "out", violating=False)


def test_children_refer_to_parents_that_are_there(tmp_path: Path):
    head = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "c", "version": "1.0.0"}
    child = {"name": "p", "logicalType": "integer", "relationships": [{"to": "parents.id"}]}
    parent = {"name": "id", "logicalType": "integer", "primaryKey": True}
    made = parse_contract(
        {**head, "schema": [{"name": "parents", "properties": [parent]}, {"name": "children", "properties": [child]}]}
    )
    ids = {row["id"] for row in generate_files(made.tables[0], 20, tmp_path, violating=False)[0].rows}
    used = {row["p"] for row in generate_files(made.tables[1], 20, tmp_path, violating=False)[0].rows}
    assert len(ids) == 20
    assert used <= ids
    assert len(used) == 10


def test_a_contract_that_no_value_keeps_is_refused(tmp_path: Path):
    made = contract(
        {"name": "c", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 3, "maximum": 2}}
    )
    with pytest.raises(UsageError, match=r"t\.c: no value was found"):
        generate_files(made.tables[0], 5, tmp_path, violating=False)


@pytest.mark.parametrize("pattern", [r"^\d{3}-(a|bc)+$", r"[^a-z]x?y*", r"^(?:ab|cd)[^\s]\w$", r"^[a-c]{2,4}$", r"a.b"])
def test_texts_match_their_pattern(pattern: str):
    texts = {matching_text(pattern, turn) for turn in range(20)}
    assert all(text is not None and re.search(pattern, text) for text in texts)
