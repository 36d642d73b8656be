"""Whose table is graded under which role, and what is said of a mapping that cannot be."""

from __future__ import annotations

import pytest

from sbdk.core.errors import ConfigError
from sbdk.datasets.retail.grading.grade import grade
from sbdk.datasets.retail.grading.roles import RetailTables
from sbdk.spec.data_set_sections import ScoreSettings
from support.graded_shop import Day


@pytest.fixture(scope="module")
def day():
    return Day(7, 2)


@pytest.fixture
def warehouse(day):
    with day.warehouse() as connection:
        yield connection


def settings(**keys: object) -> ScoreSettings:
    return ScoreSettings.model_validate(keys)


def test_a_table_that_is_not_there_is_refused_with_the_nearest_name(warehouse):
    with pytest.raises(ConfigError) as caught:
        RetailTables(warehouse, settings(tables={"sales": "silver.sale_transactions"}))
    assert "score.tables.sales" in caught.value.message
    assert "'silver.sale_transactions' names no table" in caught.value.message
    assert caught.value.hint == "did you mean silver.sales_transactions?"
    assert caught.value.exit_code == 2


def test_a_column_that_is_not_there_is_refused(warehouse):
    with pytest.raises(ConfigError, match=r"score\.columns\.sales\.transaction_id: .* has no column 'id'"):
        RetailTables(warehouse, settings(columns={"sales": {"transaction_id": "id"}}))


def test_a_key_under_another_name_is_asked_for(day, warehouse):
    warehouse.execute("alter table silver.late_sales rename column transaction_id to number")
    with pytest.raises(ConfigError, match=r"silver\.late_sales has no column transaction_id") as caught:
        grade(warehouse, day.truth, settings())
    assert caught.value.hint is not None
    assert "score.columns.late_sales.transaction_id" in caught.value.hint
    mapped = settings(columns={"late_sales": {"transaction_id": "number"}})
    assert grade(warehouse, day.truth, mapped).score == 100


def test_a_warehouse_with_nothing_to_grade_is_refused(connection):
    connection.execute("create table things(id int)")
    with pytest.raises(ConfigError, match="no table of the warehouse has a role"):
        RetailTables(connection, settings())


def test_the_same_tables_under_other_names_and_types_get_the_same_card(day, warehouse):
    """Texts for keys, times with a zone, the end of time for null, doubles for money."""
    expected = grade(warehouse, day.truth, settings()).as_dict()
    warehouse.execute(
        """create schema "My Shop";
        create table "My Shop"."the sales" as select transaction_id::varchar as "No." from silver.sales_transactions;
        create table "My Shop".people as select * exclude (valid_from, valid_to, loyalty_points),
          valid_from at time zone 'UTC' as "from", coalesce(valid_to, timestamp '9999-12-31') as "to",
          loyalty_points::double as loyalty_points from silver.customers;
        create table "My Shop".goods as select * replace (price::double as price) from silver.products;
        drop table silver.sales_transactions; drop view silver.customers_current; drop view silver.products_current;
        drop table silver.customers; drop table silver.products"""
    )
    roles = settings(
        tables={
            "sales": "My Shop.the sales",
            "customers": "my shop.people",
            "products": "My Shop.goods",
            "customers_current": None,
            "products_current": None,
        },
        columns={"sales": {"transaction_id": "no."}, "customers": {"valid_from": "from", "valid_to": "to"}},
    )
    card = grade(warehouse, day.truth, roles)
    assert (card.score, card.grade) == (100, "A")
    assert {name for name in card.uncovered if "." not in name} == {"customers_current", "products_current"}
    found = card.as_dict()
    gone = {"customers_current", "products_current"}
    assert found == {**expected, "scd2": [one for one in expected["scd2"] if one["table"] not in gone]}


@pytest.mark.parametrize("identified_by", ["source_position", "raw_record", "rule"])
def test_quarantined_records_are_known_by_position_by_text_or_by_key(day, warehouse, identified_by):
    if identified_by != "source_position":
        for table in day.lines:
            warehouse.execute(f"alter table quarantine.{table} drop column source_position")
    if identified_by == "rule":
        for table, key, time in (
            ("sales", "transaction_id", "event_time"),
            ("stores", "store_id", "last_update_time"),
            ("customers", "customer_id", "last_update_time"),
            ("products", "product_id", "last_update_time"),
        ):
            warehouse.execute(
                f"""create or replace table quarantine.{table} as select rule,
                  try_cast(regexp_extract(raw_record, '"{key}":(\\d+)', 1) as bigint) as {key},
                  try_cast(regexp_extract(raw_record, '"{time}":"([^"]+)"', 1) as timestamp) as valid_from
                from quarantine.{table}"""
            )
    card = grade(warehouse, day.truth, settings())
    sales = {one.defect: one.quality for one in card.defects if one.table == "sales"}
    assert (sales["malformed"], sales["negative_discount"]) == (1, 1)
    if identified_by != "rule":  # the time of a broken version cannot always be read
        assert (card.score, card.false_quarantine) == (100, 0)


RENAMED = "update quarantine.sales set rule = case rule when 'malformed' then 'R1' else 'Bob''s \"rule\"' end"


def test_rules_of_other_names_stand_for_defects(day, warehouse):
    warehouse.execute(RENAMED)
    unnamed = grade(warehouse, day.truth, settings())
    (finding,) = unnamed.findings()
    assert finding.where == "quarantine.sales.rule"
    assert "score.rules says what a rule of another name stands for" in finding.text
    right = settings(rules={"R1": "malformed", 'Bob\'s "rule"': "negative_discount"})
    assert grade(warehouse, day.truth, right).score == 100
    wrong = grade(warehouse, day.truth, settings(rules={"R1": "negative_discount", 'Bob\'s "rule"': "malformed"}))
    found = {one.defect: one.precision for one in wrong.defects if one.table == "sales"}
    assert found["negative_discount"] == found["malformed"] == 0
    assert "quarantine.sales.rule" in [one.where for one in wrong.findings()]


def test_in_a_table_of_one_s_own_a_rule_is_known_by_its_records(day, warehouse):
    """Any name, but one for each defect."""
    warehouse.execute(RENAMED)
    mine = settings(tables={"quarantine_sales": "quarantine.sales"})
    assert grade(warehouse, day.truth, mine).score == 100
    warehouse.execute("update quarantine.sales set rule = 'bad'")
    assert [one.where for one in grade(warehouse, day.truth, mine).findings()] == ["quarantine.sales.rule"]


def test_what_is_left_out_on_purpose_is_not_graded(day, warehouse):
    warehouse.execute("drop table gold.sales_by_store_window")
    card = grade(warehouse, day.truth, settings())
    assert [(one.where, one.text) for one in card.findings()] == [
        ("gold.sales_by_store_window", "there is no such table")
    ]
    card = grade(warehouse, day.truth, settings(tables={"windows": None}))
    assert card.windows is None
    assert (card.score, card.grade, card.uncovered) == (100, "A", ["windows"])
    assert card.as_dict()["windows"] is None


def test_a_default_table_that_is_not_there_is_a_fault(day, warehouse):
    warehouse.execute("drop table silver.late_sales; drop table quarantine.products")
    card = grade(warehouse, day.truth, settings())
    found = {(one.table, one.defect): one.recall for one in card.defects}
    assert found["sales", "late"] == found["products", "malformed"] == 0
    gone = {one.table: one.points for one in card.findings() if one.text == "there is no such table"}
    assert set(gone) == {"silver.late_sales", "quarantine.products"}
    assert min(gone.values()) >= 3
    assert card.coverage == 100


def test_unknown_roles_and_defects_are_refused():
    for wrong in ({"tables": {"sale": "a.b"}}, {"tables": {"sales": "nodot"}}, {"rules": {"x": "no_defect"}}):
        with pytest.raises(ValueError, match="1 validation error"):
            settings(**wrong)
