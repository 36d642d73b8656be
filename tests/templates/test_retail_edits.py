"""Edits of the retail project build what they touch, although its macros read `graph`."""

from __future__ import annotations

from pathlib import Path

from support.shops import Shop


def test_a_comment_in_a_leaf_builds_that_model_and_its_tests(retail_built_once: Shop, tmp_path: Path) -> None:
    shop = retail_built_once.copy(tmp_path / "apparel")
    model = shop.path / "dbt/models/gold/product_performance.sql"
    model.write_text(f"{model.read_text()}-- a comment\n")
    told = shop.dev()
    assert told["dbt"]["models_built"] == 1
    assert 1 <= told["dbt"]["tests_run"] <= 5


def test_a_rule_in_the_configuration_of_a_ledger_builds_what_reads_it(retail_built_once: Shop, tmp_path: Path) -> None:
    """The rules are read through `graph`, not through `ref`."""
    shop = retail_built_once.copy(tmp_path / "apparel")
    file = shop.path / "dbt/models/silver/ledgers/ledgers.yml"
    file.write_text(file.read_text().replace('reason: "malformed"', 'reason: "cannot be read"'))
    shop.dev()
    found = "select count(*) from quarantine.sales as kept where kept::varchar like '%{}%'"
    assert shop.query(found.format("cannot be read")) > [(0,)]
    assert shop.query(found.format("malformed")) == [(0,)]
