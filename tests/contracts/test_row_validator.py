"""Rows against a contract, in the forms in which dlt's sources yield them: what stays, what is set aside and why."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sbdk.contracts.validator import RowValidator
from sbdk.core.errors import ConfigError, SourceError
from support.contracts import contract_of, custom

ID = {"name": "id", "logicalType": "integer", "required": True}


def column(logical: str, **options: Any) -> dict[str, Any]:
    return {"name": "x", "logicalType": logical, **({"logicalTypeOptions": options} if options else {})}


def judged(column: dict[str, Any], value: Any) -> str | None:
    """The rule that a single value breaks; None when the row stays."""
    validator = RowValidator(contract_of(column))
    kept = validator({"x": value})
    assert validator.tally.conserved
    assert (kept is None) == bool(validator.tally.rejected)
    return validator.tally.rejected[0].rule if validator.tally.rejected else None


@pytest.mark.parametrize(
    ("column", "good", "bad", "rule"),
    [
        (column("integer"), [1, "1", " -7 ", 2.0, None], ["1.5", 1.5, "x", "", True, 2**70, "1e3"], "x.type"),
        (column("number"), [1, 1.5, "1.5", "-2e3", Decimal("1.20")], ["x", "nan", True, "1,5"], "x.type"),
        (column("boolean"), [True, "true", "FALSE"], ["yes", 1, "1"], "x.type"),
        (column("date"), [date(2026, 2, 28), "2026-02-28"], ["2026-02-30", "28.02.2026", 5], "x.type"),
        (column("date", format="dd.MM.yyyy"), ["28.02.2026"], ["2026-02-28", "31.02.2026"], "x.type"),
        (column("timestamp"), [datetime(2026, 1, 1), "2026-01-01T10:00:00"], ["now", "2026-13-01T00:00:00"], "x.type"),
        (column("string"), ["", "a", 5, True], [], "x.type"),
        (column("string", minLength=2), ["ab", "äö"], ["", "ä"], "x.minLength"),
        (column("string", maxLength=2), ["", "äö"], ["abc"], "x.maxLength"),
        (column("string", pattern="^[A-Z]{2}$"), ["AB"], ["ab", "ABC"], "x.pattern"),
        (column("string", format="email"), ["a@b.de"], ["a@b", "a b@c.de", "@b.de", "a@b..de"], "x.format"),
        (column("string", format="uuid"), ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"], "x.format"),
        (column("string", format="ipv4"), ["10.0.0.255"], ["10.0.0.256", "10.0.0"], "x.format"),
        (column("integer", minimum=0), [0, "0"], [-1, "-1"], "x.minimum"),
        (column("integer", exclusiveMaximum=10), [9], [10], "x.exclusiveMaximum"),
        (column("integer", multipleOf=5), [0, -5, 10], [3], "x.multipleOf"),
        (column("number", multipleOf=0.1), [0.3, 1.2], [0.25], "x.multipleOf"),
        (column("integer", format="i8"), [-128, 127], [128], "x.format"),
        (column("date", minimum="2026-01-01"), ["2026-01-01"], ["2025-12-31"], "x.minimum"),
        (column("timestamp", maximum="2026-01-01"), ["2026-01-01T00:00:00"], ["2026-01-01T00:00:01"], "x.maximum"),
        (column("array", minItems=1, uniqueItems=True), [[1], [1, None, None]], [[]], "x.minItems"),
        (column("array", uniqueItems=True), [[1, 2]], [[1, 1]], "x.uniqueItems"),
        ({**column("string"), "required": True}, ["a", ""], [None], "x.required"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)  # fmt: skip
def test_a_clause_is_broken_by_the_values_that_break_it(column, good, bad, rule) -> None:
    assert [judged(column, value) for value in good] == [None] * len(good)
    assert [judged(column, value) for value in bad] == [rule] * len(bad)


@pytest.mark.parametrize(
    ("quality", "good", "bad"),
    [
        ({"metric": "nullValues", "mustBe": 0}, ["", "a"], [None]),
        ({"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, "n/a"]}}, [""], [None, "n/a"]),
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["a", "b"]}}, ["a", None], ["c"]),
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "^a"}}, ["ab"], ["ba"]),
    ],
)
def test_a_metric_that_allows_no_row_judges_each_row(quality, good, bad) -> None:
    column = {"name": "x", "logicalType": "string", "quality": [quality]}
    assert [judged(column, value) for value in good] == [None] * len(good)
    assert [judged(column, value) for value in bad] == [f"x.{quality['metric']}"] * len(bad)


def test_a_metric_with_another_limit_judges_no_row() -> None:
    quality = {"metric": "nullValues", "mustBeLessThan": 10, "unit": "percent"}
    assert judged({"name": "x", "logicalType": "string", "quality": [quality]}, None) is None


ROWS: list[dict[str, Any]] = [{"id": 1, "x": "a"}, {"id": None, "x": "b"}, {"id": 3, "x": "cc"}, {"id": 4, "x": "d"}]
FORMS = {
    "dicts": lambda: [dict(row) for row in ROWS],
    "a table": lambda: pa.Table.from_pylist(ROWS),
    "a record batch": lambda: pa.RecordBatch.from_pylist(ROWS),
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_that_break_it_are_set_aside_in_every_form(form: str) -> None:
    validator = RowValidator(contract_of(ID, column("string", maxLength=1)), source="pipelines/a.py")
    kept = validator(FORMS[form]())
    rows = kept if isinstance(kept, list) else kept.to_pylist()
    assert rows == [ROWS[0], ROWS[3]]
    found = {(row.rule, row.position, row.source) for row in validator.tally.rejected}
    assert found == {("id.required", 1, "pipelines/a.py"), ("x.maxLength", 2, "pipelines/a.py")}
    assert [json.loads(row.record) for row in sorted(validator.tally.rejected, key=lambda row: row.position)] == ROWS[
        1:3
    ]
    assert (validator.tally.read, validator.tally.passed, validator.tally.conserved) == (4, 2, True)


def test_what_keeps_the_contract_is_returned_as_it_came() -> None:
    validator = RowValidator(contract_of(ID))
    table = pa.table({"id": [1, 2]})
    assert validator(table) is table
    assert validator("a marker of dlt") == "a marker of dlt"


def test_texts_become_the_types_of_the_contract() -> None:
    contract = contract_of(ID, {"name": "x", "logicalType": "number", "physicalType": "DECIMAL(10,2)"},
                           {"name": "at", "logicalType": "timestamp"})  # fmt: skip
    loaded = RowValidator(contract)(
        pa.table({"id": ["1"], "x": ["1.50"], "at": ["2026-01-02T03:04:05"], "other": ["o"]})
    )
    assert loaded.schema.types == [pa.int64(), pa.decimal128(10, 2), pa.timestamp("us"), pa.string()]
    assert loaded.to_pylist() == [{"id": 1, "x": Decimal("1.50"), "at": datetime(2026, 1, 2, 3, 4, 5), "other": "o"}]
    (row,) = RowValidator(contract)([{"id": "1", "x": "1.50", "at": "2026-01-02T03:04:05"}])
    assert row == {"id": 1, "x": Decimal("1.50"), "at": datetime(2026, 1, 2, 3, 4, 5)}


def test_names_of_the_source_are_those_of_the_warehouse_for_the_contract() -> None:
    validator = RowValidator(contract_of(ID), str.lower)
    assert validator([{"ID": 1}, {"ID": None}]) == [{"ID": 1}]


def test_fields_and_items_are_judged_and_named_by_their_path() -> None:
    contract = contract_of(
        {"name": "a", "logicalType": "object",
         "properties": [{"name": "city", "logicalType": "string", "required": True}]},
        {"name": "tags", "logicalType": "array",
         "items": {"logicalType": "string", "logicalTypeOptions": {"maxLength": 1}}},
    )  # fmt: skip
    validator = RowValidator(contract)
    good = [{"a": {"city": "X"}, "tags": ["a", "b"]}, {"a": None, "tags": None}, {}]
    bad = [{"a": {"zip": 1}}, {"tags": ["a", "bb"]}]
    assert validator([*good, *bad]) == good
    assert {row.rule for row in validator.tally.rejected} == {"a.city.required", "tags[].maxLength"}


def test_a_required_column_that_is_not_there_is_missing_in_each_row() -> None:
    validator = RowValidator(contract_of(ID))
    assert validator(pa.table({"other": [1, 2]})) is None
    assert [row.reason for row in validator.tally.rejected] == ["id is missing"] * 2


def test_actions_decide_what_becomes_of_a_row() -> None:
    def limited(action: str) -> RowValidator:
        return RowValidator(contract_of({**column("integer", maximum=5), "customProperties": custom("action", action)}))

    rows = [{"x": 1}, {"x": 6}]
    warn, drop = limited("warn"), limited("drop value")
    assert warn(rows) == rows
    assert warn.tally.warned == {"x.maximum": 1}
    assert drop(rows) == [{"x": 1}, {"x": None}]
    assert drop(pa.table({"x": [1, 6]})).to_pylist() == [{"x": 1}, {"x": None}]
    assert drop.tally.nulled == {"x.maximum": 2}
    with pytest.raises(SourceError, match=r"t: x is more than 5, and the contract says that the run fails: .*6"):
        limited("fail")(rows)
    assert [each.tally.conserved for each in (warn, drop)] == [True, True]


def test_new_columns_are_loaded_dropped_or_refused() -> None:
    def with_new(choice: str) -> RowValidator:
        return RowValidator(contract_of(ID, customProperties=custom("newColumns", choice)))

    table = pa.table({"id": [1], "new": [2], "_source": ["f"]})
    assert with_new("allow")(table) is table
    assert with_new("drop")(table).column_names == ["id", "_source"]
    assert with_new("drop")([{"id": 1, "new": 2}]) == [{"id": 1}]
    with pytest.raises(SourceError, match=r"t.new: a new column came"):
        with_new("fail")(table)


def test_more_clauses_than_a_mask_has_bits() -> None:
    columns = [{"name": f"c{n}", "logicalType": "integer", "logicalTypeOptions": {"maximum": 0}} for n in range(130)]
    validator = RowValidator(contract_of(*columns))
    rows = [{f"c{n}": int(n == bad) for n in range(130)} for bad in (0, 62, 63, 64, 126, 129)]
    assert validator(rows) is None
    assert [row.rule for row in sorted(validator.tally.rejected, key=lambda row: row.position)] == [
        f"c{n}.maximum" for n in (0, 62, 63, 64, 126, 129)
    ]


def test_a_regular_expression_that_is_none_is_an_error_of_the_contract() -> None:
    with pytest.raises(ConfigError, match=r"t\.x\.pattern"):
        RowValidator(contract_of(column("string", pattern="(")))([{"x": "a"}])


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    values=st.lists(
        st.one_of(st.none(), st.integers(-(2**80), 2**80), st.floats(), st.text(max_size=5), st.booleans(),
                  st.datetimes(timezones=st.just(UTC)), st.lists(st.integers(0, 3), max_size=2)),
        min_size=1, max_size=12,
    ),
    logical=st.sampled_from(["integer", "number", "string", "boolean", "date", "timestamp", "array"]),
)  # fmt: skip
def test_whatever_comes_no_row_is_lost_and_each_is_judged_as_if_alone(values: list[Any], logical: str) -> None:
    together = RowValidator(contract_of(column(logical)))
    kept = together([{"n": n, "x": value} for n, value in enumerate(values)]) or []
    assert together.tally.conserved
    assert {row["n"] for row in kept} | {row.position for row in together.tally.rejected} == set(range(len(values)))
    alone = [judged(column(logical), value) is None for value in values]
    assert [n in {row["n"] for row in kept} for n in range(len(values))] == alone
