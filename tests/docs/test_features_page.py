"""What the page on features shows is what the test no_look_ahead takes, and what the template's own tables say."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from support.snippets import blocks

SOURCE = Path(__file__).parents[2] / "src" / "sbdk"
MODELS = SOURCE / "templates" / "bookstore" / "dbt" / "models" / "ml_features" / "ml_features.yml"


def test_the_arguments_shown_are_those_of_the_test_and_of_the_template() -> None:
    (shown,) = blocks("docs/features.md", "yaml")
    arguments = yaml.safe_load(shown)["models"][0]["data_tests"][0]["no_look_ahead"]["arguments"]
    signature = re.search(
        r"{% test no_look_ahead\(model, (.*?)\) %}", (SOURCE / "quality/dbt/no_look_ahead.sql").read_text()
    )
    assert signature is not None
    names = [part.split("=")[0].strip() for part in signature[1].split(",")]
    assert set(arguments) | {"clock_after"} == set(names)
    demand = next(model for model in yaml.safe_load(MODELS.read_text())["models"] if model["name"].startswith("demand"))
    own = next(test["no_look_ahead"] for test in demand["data_tests"] if "no_look_ahead" in test)["arguments"]
    assert {name: arguments[name] for name in own} == own


def test_every_feature_table_is_told_of() -> None:
    page = Path(__file__).parents[2].joinpath("docs/features.md").read_text()
    tables = [model["name"] for model in yaml.safe_load(MODELS.read_text())["models"]]
    assert all(f"| `{table}` |" in page for table in tables)
