"""File < .env < environment < command line, and only known names are read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from sbdk.core.errors import ConfigError, ProjectNotFound
from sbdk.spec.environment import known_variables
from sbdk.spec.loader import load_project


@pytest.mark.parametrize(
    ("file", "dotenv", "environment", "option", "expected"),
    [
        (None, None, None, None, "dev"),
        ("in_file", None, None, None, "in_file"),
        ("in_file", "in_dotenv", None, None, "in_dotenv"),
        ("in_file", None, "in_env", None, "in_env"),
        ("in_file", "in_dotenv", "in_env", None, "in_env"),
        ("in_file", "in_dotenv", "in_env", "by_hand", "by_hand"),
        (None, "in_dotenv", None, "by_hand", "by_hand"),
        (None, None, "in_env", "by_hand", "by_hand"),
    ],
)
def test_the_highest_layer_wins(load, file, dotenv, environment, option, expected):
    project = load(
        {"SBDK_TARGET": environment} if environment else {},
        dotenv=f"SBDK_TARGET={dotenv}\n" if dotenv else None,
        option=option,
        **({"target": file} if file else {}),
    )
    assert project.config.target == expected


def test_layers_join_inside_a_section(load):
    project = load({"SBDK_DATA_VOLUME__USERS": "7"}, dotenv="SBDK_DATA_VOLUME__EVENTS=8", data_volume={"orders": 9})
    volume = project.config.data_volume
    assert (volume.users, volume.events, volume.orders) == (7, 8, 9)


def test_a_higher_layer_may_choose_the_other_of_two_rival_keys(load):
    project = load({"SBDK_DATA_VOLUME__EVENTS_PER_USER": "3"}, data_volume={"users": 10, "events": 999})
    assert project.config.world_settings().volumes["events"] == 30


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("SBDK_SEED", "7", "seed", 7),
        ("SBDK_SCALE", "0.5", "scale", 0.5),
        ("SBDK_DATASETS", "saas, datasets/shop.yml", "datasets", ["saas", "datasets/shop.yml"]),
        ("SBDK_DATASETS", "", "datasets", []),
        ("SBDK_PROJECT", "other", "project", "other"),
        ("DATA_GENERATION_SEED", "8", "seed", 8),
        ("SYNTHETIC_DATA_SCALE", "2.5", "scale", 2.5),
        ("DBT_PROFILES_DIR", "conf", "profiles_dir", "conf"),
        ("DB_PATH", "x/y.duckdb", "duckdb_path", "x/y.duckdb"),
    ],
)
def test_strings_of_the_environment_become_the_type_of_the_key(load, variable, text, key, value):
    assert getattr(load({variable: text}).config, key) == value


@pytest.mark.parametrize(
    ("other", "ours", "key", "expected"),
    [
        ("DATA_GENERATION_SEED", "SBDK_SEED", "seed", 2),
        ("SYNTHETIC_DATA_SCALE", "SBDK_SCALE", "scale", 2),
        ("DB_PATH", "SBDK_DUCKDB_PATH", "duckdb_path", "2"),
        ("DBT_PROFILES_DIR", "SBDK_PROFILES_DIR", "profiles_dir", "2"),
    ],
)
def test_our_name_goes_before_the_name_others_use(load, other, ours, key, expected):
    assert getattr(load({other: "1", ours: "2"}).config, key) == expected


def test_dynaconf_markers_and_its_own_variables_are_only_text(load):
    env = {"SBDK_DBT_PATH": "@format {env[HOME]}", "DYNACONF_SEED": "1", "SETTINGS_FILE_FOR_DYNACONF": "/etc/passwd"}
    config = load(env, dotenv="SBDK_PIPELINES_PATH=@int 12\n", profiles_dir="@jinja {{ 1 + 1 }}").config
    assert (config.dbt_path, config.pipelines_path, config.profiles_dir) == (
        "@format {env[HOME]}",
        "@int 12",
        "@jinja {{ 1 + 1 }}",
    )
    assert config.seed == 42


def test_a_double_underscore_or_merge_key_in_the_file_is_an_unknown_key(write, tmp_path):
    for key in ("data_volume__users", "dynaconf_merge", "SEED"):
        write(**{key: 1})
        with pytest.raises(ConfigError, match=f"{key}: unknown key"):
            load_project(tmp_path, env={})


def test_an_unknown_variable_is_a_warning_with_the_nearest_name(load):
    (warning,) = load({"SBDK_DATA_VOLUME__USRES": "1"}).warnings
    assert "SBDK_DATA_VOLUME__USRES" in warning
    assert "did you mean SBDK_DATA_VOLUME__USERS?" in warning


def test_reserved_names_foreign_names_and_secrets_are_no_warning(load):
    env = {
        "SBDK_TEST": "1",
        "SBDK_FAILPOINT": "x:kill",
        "SBDK_DATABASE": "x",
        "SBDK_WEBHOOKS__SECRET": "s",
        "PATH": "x",
    }
    assert load(env).warnings == []


def test_a_wrong_value_names_the_variable_and_not_the_file(load):
    with pytest.raises(ConfigError) as caught:
        load({"SBDK_DATA_VOLUME__USERS": "many"})
    assert caught.value.file is None
    assert "SBDK_DATA_VOLUME__USERS" in caught.value.message
    assert "whole number" in caught.value.message
    with pytest.raises(ConfigError, match="SBDK_TARGET"):
        load({"SBDK_TARGET": "../x"})
    with pytest.raises(ConfigError, match="--target"):
        load(option="../x")
    with pytest.raises(ConfigError, match=r"^SBDK_SEED in \.env: must be a whole number, not 'x'"):
        load(dotenv="SBDK_SEED=x\n")


def test_a_number_is_no_date(load):
    with pytest.raises(ConfigError, match="SBDK_END_DATE"):
        load({"SBDK_END_DATE": "20260101"})


def test_every_single_valued_key_has_a_variable():
    names = known_variables()
    assert names["SBDK_DATA_VOLUME__TIME_RANGE_DAYS"] == ("data_volume", "time_range_days")
    assert names["SBDK_QUALITY__FRESHNESS__WARN_HOURS"] == ("quality", "freshness", "warn_hours")
    assert "SBDK_DISTRIBUTIONS" not in names
    assert "SBDK_SCHEMA_" not in names


def test_variables_of_other_programs_in_dotenv_are_handed_on_and_secrets_are_not_shown(load):
    project = load(
        {"SBDK_ALERTS__SLACK_TOKEN": "canary-1"},
        dotenv="SOURCES__SHOP__PASSWORD=canary-2\nSBDK_WEBHOOKS__SECRET='canary-3'\nSBDK_SEED=5\n",
    )
    assert project.dotenv == {"SOURCES__SHOP__PASSWORD": "canary-2"}
    assert project.secrets == {"SBDK_ALERTS__SLACK_TOKEN": "canary-1", "SBDK_WEBHOOKS__SECRET": "canary-3"}
    assert "canary" not in repr(project)
    assert "canary" not in project.config.model_dump_json()


def test_the_project_is_found_from_below_and_nowhere_else(load, tmp_path):
    load()
    below = tmp_path / "dbt" / "models"
    below.mkdir(parents=True)
    project = load_project(below, env={})
    assert project.root == tmp_path
    assert project.state == tmp_path / ".sbdk"
    assert project.published == tmp_path / "data" / "dev.duckdb"
    assert project.pipelines == tmp_path / "pipelines"
    assert project.dbt == project.profiles == tmp_path / "dbt"
    assert project.checks == tmp_path / "checks"
    assert project.plugins == tmp_path / "plugins"
    (tmp_path / "sbdk_config.json").unlink()
    with pytest.raises(ProjectNotFound) as caught:
        load_project(below, env={})
    assert caught.value.exit_code == 2
    assert "sbdk init" in (caught.value.hint or "")


def test_another_file_by_hand_keeps_the_project(load, tmp_path):
    load()
    (tmp_path / "conf").mkdir()
    other = tmp_path / "conf" / "big.json"
    other.write_text('{"project": "shop", "seed": 9}')
    project = load_project(tmp_path, config_file=Path("conf/big.json"), env={})
    assert (project.root, project.config.seed, project.file) == (tmp_path, 9, other)
    with pytest.raises(ConfigError, match="no such file"):
        load_project(tmp_path, config_file=Path("none.json"), env={})


def test_each_target_has_its_own_file(load, tmp_path):
    assert load(option="prod").published == tmp_path / "data" / "prod.duckdb"
    assert load(option="prod", duckdb_path="one.duckdb").published == tmp_path / "one.duckdb"


def test_the_configuration_of_sbdk_dev_1_1_2_loads(load, tmp_path):
    """Keys and values as `sbdk init demo` of sbdk-dev 1.1.2 writes them."""
    project = load(
        project="demo",
        target="dev",
        duckdb_path="data/demo.duckdb",
        pipelines_path="./pipelines",
        dbt_path="./dbt",
        profiles_dir="~/.dbt",
    )
    assert project.published == tmp_path / "data" / "demo.duckdb"
    assert project.pipelines == tmp_path / "pipelines"
    assert project.dbt == tmp_path / "dbt"
    assert project.profiles == Path.home() / ".dbt"
    assert any("profiles_dir" in warning for warning in project.warnings)


def test_what_nothing_acts_on_yet_is_said(load):
    idle = load(destination={"prod": {"rate": 5}})
    assert idle.warnings == ["destination is set, but this version of sbdk does not act on it"]
    assert load(destination={}, tracking={"enabled": False}).warnings == []


def test_dates_and_volumes_have_the_documented_defaults(load):
    settings = load().config.world_settings()
    assert (settings.start, settings.anchor) == (datetime(2025, 1, 1), datetime(2026, 1, 1))
    assert settings.volumes == {"users": 10_000, "events": 50_000, "orders": 20_000}
    assert settings.seed == 42


@pytest.mark.parametrize(
    ("keys", "start", "end"),
    [
        ({"end_date": "2026-11-21"}, datetime(2025, 11, 21), datetime(2026, 11, 21)),
        (
            {"end_date": "2024-03-01", "data_volume": {"time_range_days": 1}},
            datetime(2024, 2, 29),
            datetime(2024, 3, 1),
        ),
        ({"start_date": "2020-01-01"}, datetime(2020, 1, 1), datetime(2026, 1, 1)),
        (
            {"start_date": "2025-01-01", "end_date": "2025-01-31", "data_volume": {"time_range_days": 30}},
            datetime(2025, 1, 1),
            datetime(2025, 1, 31),
        ),
    ],
)
def test_what_is_absent_follows_from_what_is_there(load, keys, start, end):
    settings = load(**keys).config.world_settings()
    assert (settings.start, settings.anchor) == (start, end)


@pytest.mark.parametrize(
    ("scale", "volume", "expected"),
    [
        (2.0, {}, {"users": 20_000, "events": 100_000, "orders": 40_000}),
        (0.00001, {}, {"users": 1, "events": 0, "orders": 0}),
        (1.0, {"users": 3, "events_per_user": 2.5, "orders": 0}, {"users": 3, "events": 8, "orders": 0}),
        (0.5, {"users": 100, "orders_per_user": 4}, {"users": 50, "events": 25_000, "orders": 200}),
    ],
)
def test_scale_multiplies_every_volume(load, scale, volume, expected):
    assert load(scale=scale, data_volume=volume).config.world_settings().volumes == expected


def test_scale_multiplies_the_volumes_of_streams_and_no_share(load):
    streams = {
        "initial": {"stores": 3, "customers": 50, "products": 20},
        "new_per_batch": {"stores": 0, "customers": 30, "products": 1},
        "new_per_day": {"stores": 0.5, "customers": 10, "products": 0},
        "update_share": {"stores": 0.5, "customers": 0.25, "products": 0.75},
        "sales_per_batch": 500,
        "tax": 0.19,
    }
    expected = {
        "initial": {"stores": 1, "customers": 20, "products": 8},
        "new_per_batch": {"stores": 0, "customers": 12, "products": 1},
        "new_per_day": {"stores": 0.2, "customers": 4, "products": 0},
        "update_share": {"stores": 0.5, "customers": 0.25, "products": 0.75},
        "sales_per_batch": 200,
        "tax": 0.19,
    }
    scaled = load(datasets=["retail"], scale=0.4, streams=streams).config.world_settings().streams
    assert scaled.model_dump(include=set(expected)) == expected
    assert load(datasets=["saas"], scale=0.4, streams=streams).config.world_settings().streams.sales_per_batch == 500


def test_the_scale_of_streams_may_come_from_the_environment(load):
    config = load({"SYNTHETIC_DATA_SCALE": "3"}, datasets=["retail"]).config
    assert config.world_settings().streams.sales_per_batch == 1_500
    assert config.streams.sales_per_batch == 500
