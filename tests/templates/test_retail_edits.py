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
