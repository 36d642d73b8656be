"""docs/configuration.md is complete, and its snippets work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.config import NOT_YET_USED, json_schema
from sbdk.spec.environment import ALIASES, RESERVED, known_variables
from sbdk.spec.loader import load_project

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def expected_rows(section: str | None = None, above: str = "") -> list[str]:
    """The key table, from the published schema."""
    schema = json_schema()
    rows = []
    for key, field in (schema["$defs"][section] if section else schema)["properties"].items():
        inner = field.get("$ref", "").removeprefix("#/$defs/")
        if inner in schema["$defs"] and "properties" in schema["$defs"][inner]:
            rows += expected_rows(inner, f"{above}{key}.")
        else:
            default = f"`{json.dumps(field['default'])}`" if "default" in field else "required"
            rows.append(f"| `{above}{key}` | {default} | {field['description']} |")
    return rows


def test_the_table_has_every_key_with_its_default():
    written = [line for line in TEXT.splitlines() if line.startswith("| `") and line.count(" | ") == 2]
    assert written == expected_rows()


def test_every_kind_of_variable_is_named():
    for name in (*ALIASES, *RESERVED):
        assert f"`{name}`" in TEXT
    for name in re.findall(r"SBDK_[A-Z_]+", TEXT):
        assert (
            name in known_variables() or name in RESERVED or name.startswith(("SBDK_WEBHOOKS__", "SBDK_DESTINATION_"))
        )


def test_what_is_not_used_yet_is_said():
    assert all(f"`{key}`" in TEXT for key in NOT_YET_USED)


@pytest.mark.parametrize("snippet", blocks("json"))
def test_every_json_snippet_is_a_configuration(tmp_path, snippet):
    (tmp_path / "sbdk_config.json").write_text(snippet)
    load_project(tmp_path, env={})


def test_there_are_snippets():
    assert len(blocks("json")) >= 3
    assert len(blocks("dotenv")) == 1


def test_the_dotenv_snippet_does_what_the_page_says(load):
    project = load(dotenv=blocks("dotenv")[0])
    assert project.config.data_volume.users == 1000
    assert project.config.performance.threads == 2
    assert project.dotenv == {"SOURCES__SHOP__PASSWORD": "change-me"}
    assert list(project.secrets) == ["SBDK_WEBHOOKS__SECRET"]


@pytest.mark.parametrize("snippet", [block for block in blocks("json") if "data_volume" in block])
def test_the_examples_make_the_rows_the_page_names(tmp_path, snippet):
    (tmp_path / "sbdk_config.json").write_text(snippet)
    volumes = load_project(tmp_path, env={}).config.world_settings().volumes
    assert volumes == {"users": 2_000, "events": 50_000, "orders": 1_000}
    assert "2,000 users, 50,000 events and 1,000 orders" in TEXT


def test_the_errors_on_the_page_are_those_that_are_raised(load):
    with pytest.raises(ConfigError) as caught:
        load(data_volume={"usres": 5})
    assert caught.value.message in TEXT
    assert (caught.value.hint or "?").split("? ")[0] + "?" in TEXT
