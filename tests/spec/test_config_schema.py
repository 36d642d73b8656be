"""The published JSON Schema, and configurations that keep their value through JSON."""

from __future__ import annotations

import json
from datetime import date, timedelta

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.core.errors import ConfigError
from sbdk.spec import config
from sbdk.spec.config import ProjectConfig
from sbdk.spec.loader import load_project

BOOKSTORE = ("publishers", "books", "sales", "inventory", "campaign_events")

PLATFORM_KEYS = [
    "project",
    "target",
    "duckdb_path",
    "pipelines_path",
    "dbt_path",
    "profiles_dir",
    "seed",
    "locale",
    "start_date",
    "end_date",
    "data_volume",
    "distributions",
    "vars",
    "performance",
    "dlt",
    "destination",
    "tracking",
    "scale",
    "dirt",
    "streams",
    "score",
    "query",
    "quality",
    "alerts",
    "webhooks",
    "dashboard",
    "datasets",
    "$schema",
]


def test_the_shipped_schema_is_current():
    assert config.SHIPPED.read_text(encoding="utf-8") == config.schema_text()


def test_it_has_the_keys_that_were_promised_and_no_other():
    properties = config.json_schema()["properties"]
    assert sorted(properties) == sorted(PLATFORM_KEYS)
    definitions = config.json_schema()["$defs"]
    assert sorted(definitions["DataVolume"]["properties"]) == sorted(
        ["users", "events", "orders", "events_per_user", "orders_per_user", "time_range_days", *BOOKSTORE]
    )
    assert sorted(definitions["Performance"]["properties"]) == ["batch_size", "parallel_pipelines", "threads"]
    assert sorted(definitions["Dlt"]["properties"]) == ["dataset_name", "pipeline_name"]
    assert sorted(definitions["Tracking"]["properties"]) == ["enabled", "endpoint", "uuid"]


def test_every_key_has_a_description_and_a_default():
    published = config.json_schema()
    for section in (published, *published["$defs"].values()):
        for key, field in section.get("properties", {}).items():
            assert field.get("description"), key
            assert "default" in field or key == "project", key


@pytest.mark.parametrize(
    ("keys", "valid"),
    [
        ({}, True),
        ({"data_volume": {"users": 5}}, True),
        ({"end_date": "2026-01-01"}, True),
        ({"locale": "de_DE"}, True),
        ({"sede": 5}, False),
        ({"seed": "5"}, False),
        ({"data_volume": {"users": 0}}, False),
        ({"locale": "xx"}, False),
        ({"target": "A"}, False),
        ({"datasets": "saas"}, False),
        ({"performance": {"threads": 0}}, False),
    ],
)
def test_an_independent_validator_agrees_with_us(write, tmp_path, keys, valid):
    """jsonschema on the published schema, and load_project, say the same."""
    jsonschema.Draft202012Validator.check_schema(config.json_schema())
    validator = jsonschema.Draft202012Validator(config.json_schema())
    assert validator.is_valid({"project": "shop", **keys}) is valid
    write(**keys)
    if valid:
        load_project(tmp_path, env={})
    else:
        with pytest.raises(ConfigError):
            load_project(tmp_path, env={})


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,62}", fullmatch=True)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
OPEN = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | FINITE | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)
WEIGHTS = st.dictionaries(st.text(max_size=5), st.floats(0.1, 10), min_size=1, max_size=3)


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, object]:
    end = draw(st.dates(date(1950, 1, 1), date(2200, 1, 1)))
    days = draw(st.integers(1, 1000))
    volume = {"users": draw(st.integers(1, 10**9)), "time_range_days": days}
    volume |= draw(st.sampled_from([{}, {"events": 5}, {"events_per_user": 0.1}, {"orders": 0, "events_per_user": 7}]))
    return {
        "$schema": draw(st.none() | st.text(max_size=9)),
        "project": draw(NAMES),
        "target": draw(NAMES),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "scale": draw(st.floats(1e-9, 1e4)),
        "start_date": (end - timedelta(days)).isoformat(),
        "end_date": end.isoformat(),
        "datasets": draw(st.lists(NAMES, unique=True, max_size=3)),
        "data_volume": volume,
        "distributions": {"tier": draw(WEIGHTS)},
        "alerts": {"on": draw(st.lists(st.sampled_from(["failure", "check"]), unique=True))},
        "destination": {"prod": draw(OPEN)},
        "quality": {"keep_rows": draw(st.integers(0, 1000)), "freshness": {"warn_hours": draw(st.floats(0.1, 9))}},
    }


@given(configurations())
def test_a_configuration_goes_through_json_unchanged(keys):
    config = ProjectConfig.model_validate_json(json.dumps(keys), strict=True)
    text = config.model_dump_json(by_alias=True)
    again = ProjectConfig.model_validate_json(text, strict=True)
    assert again == config
    assert again.model_dump_json(by_alias=True) == text
    written = json.loads(text)
    for key, value in keys.items():
        assert _covers(written[key], value), key


def _covers(written: object, given_value: object) -> bool:
    """What was given is there as it was given; defaults may stand beside it."""
    if isinstance(written, dict) and isinstance(given_value, dict):
        return all(key in written and _covers(written[key], value) for key, value in given_value.items())
    return written == given_value


@given(configurations())
def test_it_is_frozen(keys):
    config = ProjectConfig.model_validate_json(json.dumps(keys), strict=True)
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1  # type: ignore[misc]
