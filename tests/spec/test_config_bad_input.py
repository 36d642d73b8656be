"""Whatever is wrong with a configuration: exit code 2, one line, the file or variable, the key, what would be right."""

from __future__ import annotations

import os

import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.loader import load_project


def refused(tmp_path, env=None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path, env=env or {})
    error = caught.value
    assert error.exit_code == 2
    assert "\n" not in error.message
    assert len(error.message) < 300
    return error


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "line 1, column 1: the file is empty"),
        (b"  \n ", "the file is empty"),
        (b"project: shop\n", "line 1, column 1: not JSON"),
        (b'{"project": "shop"', "line 1, column 19: not JSON"),
        (b'{"project": "shop",}', "line 1, column"),
        (
            b'{\n  "project": "shop",\n  "seed": 1,\n  "seed": 2\n}',
            'line 4, column 3: the key "seed" is given a second',
        ),
        (b'{"project": "shop", "s\\u0065ed": 1, "seed": 2}', "a second time"),
        (b'{"project": "shop", "dlt": {"dataset_name": "a", "dataset_name": "b"}}', "line 1, column 50"),
        (b'{"project": "shop",\n"scale": NaN}', "line 2, column 10: NaN is not JSON"),
        (b'{"project": "shop", "scale": -Infinity}', "-Infinity is not JSON"),
        (b'{"project": "shop", "scale": 1e999}', "too large"),
        (b'{"project": "shop", "seed": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'\xef\xbb\xbf{"project": "shop"}', "line 1, column 1: a byte order mark"),
        (b'{"project": "sh\xffop"}', "line 1, column 16: not UTF-8"),
        ('{"project": "shop"}'.encode("utf-16"), "not UTF-8"),
        (b'{"distributions": ' + b"[" * 100_000, "line 1, column 82: nested more than 64 deep"),
        (b'{"a":' * 100_000, "nested more than 64 deep"),
        (b" " * 1_000_001, "more than 1,000,000 bytes"),
        (b'["project"]', "must be an object"),
        (b"null", "must be an object"),
    ],
)
def test_a_file_that_is_not_plain_json(write, tmp_path, raw, words):
    path = write(raw)
    error = refused(tmp_path)
    assert words in error.message
    assert error.file == str(path)


@pytest.mark.parametrize(
    ("keys", "words", "hint"),
    [
        ({"sede": 1}, "sede: unknown key", "did you mean 'seed'?"),
        ({"data_volume": {"usres": 1}}, "data_volume.usres: unknown key", "did you mean 'data_volume.users'?"),
        (
            {"quality": {"freshness": {"warn": 1}}},
            "quality.freshness.warn: unknown key",
            "quality.freshness.warn_hours",
        ),
        ({"zzzzzz": 1}, "zzzzzz: unknown key", "known: $schema, project, target"),
        ({"locale": "en_UK"}, "locale: 'en_UK' is not known", "did you mean 'en_US'?"),
        ({"project": 5}, "project: must be a text, not 5", None),
        ({"seed": "42"}, "seed: must be a whole number from 0 to 9223372036854775807, not '42'", None),
        ({"seed": True}, "seed: must be a whole number from 0 to 9223372036854775807, not True", None),
        ({"seed": 1.5}, "seed: must be a whole number", None),
        ({"seed": -1}, "seed: must be greater than or equal to 0, not -1", None),
        ({"data_volume": 5}, "data_volume: must be a mapping", None),
        ({"data_volume": {"users": 0}}, "data_volume.users: must be greater than or equal to 1, not 0", None),
        ({"data_volume": {"users": -5}}, "data_volume.users", None),
        ({"data_volume": {"events": -1}}, "data_volume.events: must be greater than or equal to 0, not -1", None),
        ({"data_volume": {"orders": 10**16}}, "data_volume.orders", None),
        ({"data_volume": {"events": 5, "events_per_user": 2}}, "data_volume: give events or events_per_user", None),
        ({"scale": 1e9, "data_volume": {"users": 10**12}}, "scale × data_volume makes 1e+21 users", None),
        ({"data_volume": {"users": 10**12, "events_per_user": 1e6}}, "makes 1e+18 events", None),
        (
            {"datasets": ["retail"], "scale": 1e4},
            "scale × streams.initial.customers makes 4e+08: more than 10,000,000",
            None,
        ),
        ({"scale": 0}, "scale: must be greater than 0, not 0", None),
        ({"datasets": "saas"}, "datasets: must be a list, not 'saas'", None),
        ({"datasets": ["saas", "saas"]}, "datasets: 'saas' is listed twice", None),
        ({"performance": {"batch_size": 0}}, "performance.batch_size", None),
        ({"tracking": {"enabled": "no"}}, "tracking.enabled: must be true or false, not 'no'", None),
        ({"quality": {"freshness": {"warn_hours": 6, "error_hours": 2}}}, "less than warn_hours", None),
        ({"start_date": "2026-02-30"}, "start_date: must be a date like 2026-01-31", None),
        ({"end_date": "01.02.2026"}, "end_date: must be a date like 2026-01-31", None),
        ({"end_date": 20260101}, "end_date", None),
        ({"end_date": "1800-01-01"}, "end_date", None),
        (
            {"start_date": "2025-02-01", "end_date": "2025-01-01"},
            "end_date (2025-01-01) must be after start_date",
            None,
        ),
        ({"start_date": "2025-02-01", "end_date": "2025-02-01"}, "must be after", None),
        ({"start_date": "2026-01-01"}, "end_date (2026-01-01) must be after start_date", None),
        (
            {"start_date": "2025-01-01", "end_date": "2025-02-01", "data_volume": {"time_range_days": 30}},
            "31 days apart, but data_volume.time_range_days says 30",
            None,
        ),
        ({"distributions": {"tier": {"gold": -1, "free": 2}}}, "distributions.tier: the weight -1", None),
        ({"distributions": {"tier": {"gold": 0, "free": 0}}}, "distributions.tier: the weights are all zero", None),
        (
            {"distributions": {"tier": {"values": ["a", "b"], "weights": [1]}}},
            "distributions.tier: 1 weights for 2 values",
            None,
        ),
        ({"target": "../prod"}, "target", None),
        ({"dlt": {"dataset_name": 'raw"; drop'}}, "dlt.dataset_name", None),
    ],
)
def test_a_wrong_key_or_value(write, tmp_path, keys, words, hint):
    path = write(**keys)
    error = refused(tmp_path)
    assert words in error.message
    assert error.file == str(path)
    if hint:
        assert hint in (error.hint or "")


@pytest.mark.parametrize(
    "name", ["", "Shop", "1shop", "../shop", "/etc", "a b", "shop\n", "{{ env_var('HOME') }}", "a" * 64, "naïve", "-x"]
)
def test_a_project_name_that_is_none(write, tmp_path, name):
    write(project=name)
    assert refused(tmp_path).message.startswith("project: ")


def test_a_project_needs_a_name(write, tmp_path):
    write(b"{}")
    assert refused(tmp_path).message == "project: is missing"


def test_all_that_is_wrong_is_counted(write, tmp_path):
    write(seed=-1, sclae=2, locale="x")
    assert "(and 2 more)" in refused(tmp_path).message


@pytest.mark.parametrize(
    "path",
    [
        "/etc/x",
        "../../x.duckdb",
        "data/../../x.duckdb",
        "~/x.duckdb",
        "md:",
        "md:shop",
        "s3://bucket/x.duckdb",
        "https://example.com/x.duckdb",
        ":memory:",
        ":memory:shop",
        "",
        ".",
        "data/",
        "data/{user}.duckdb",
        "data/\0.duckdb",
        ".sbdk/dev.duckdb",
        "link/x.duckdb",
        "~nobody-is-called-this/x.duckdb",
        "x" * 5000,
    ],
)
def test_a_warehouse_that_is_no_file_of_the_project(write, tmp_path, path):
    (tmp_path / "link").symlink_to("/tmp")
    write(duckdb_path=path)
    assert refused(tmp_path).message.startswith("duckdb_path: ")


def test_only_the_environment_leads_out_of_the_project(write, tmp_path, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.duckdb"
    write()
    for name in ("SBDK_DUCKDB_PATH", "DB_PATH"):
        assert load_project(tmp_path, env={name: str(elsewhere)}).published == elsewhere
    for value in ("md:shop", ":memory:", "s3://b/x"):
        refused(tmp_path, {"SBDK_DUCKDB_PATH": value})
    (tmp_path / ".env").write_text(f"SBDK_DUCKDB_PATH={elsewhere}\n")
    (tmp_path / ".env").chmod(0o600)
    assert "SBDK_DUCKDB_PATH in the environment" in (refused(tmp_path).hint or "")


@pytest.mark.parametrize(
    ("keys", "variable"),
    [
        ({"webhooks": {"secret": "canary"}}, "set SBDK_WEBHOOKS__SECRET in"),
        ({"webhooks": {"secret_previous": "canary"}}, "set SBDK_WEBHOOKS__SECRET_PREVIOUS in"),
        ({"webhooks": {"admin_token": "canary"}}, "set SBDK_WEBHOOKS__ADMIN_TOKEN in"),
        ({"alerts": {"slack": {"api_key": "canary"}}}, "SBDK_ALERTS__SLACK__API_KEY"),
        ({"destination": {"prod": {"password": 12345}}}, "SBDK_DESTINATION__PROD__PASSWORD"),
        ({"destination": {"prod": {"credentials": {"x": "canary"}}}}, "SBDK_DESTINATION__PROD__CREDENTIALS"),
        ({"destination": {"prod": {"url": "postgresql://me:canary@db/x"}}}, "SBDK_DESTINATION__PROD__URL"),
        ({"github_token": "canary"}, "SBDK_GITHUB_TOKEN"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(write, tmp_path, keys, variable):
    write(**keys)
    error = refused(tmp_path)
    assert variable in (error.hint or "")
    assert "canary" not in f"{error.message}{error.hint}"


def test_what_only_sounds_like_a_secret_is_none(load):
    load(distributions={"token": {"a": 1, "b": 2}}, destination={"prod": {"secret": None, "host": "127.0.0.1"}})


def test_a_file_that_cannot_be_read(write, tmp_path):
    write().unlink()
    (tmp_path / "sbdk_config.json").symlink_to(tmp_path / "folder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="no such file"):
        load_project(tmp_path, config_file=tmp_path / "folder", env={})


def test_a_config_too_deep_or_long_costs_no_stack(write, tmp_path):
    """100,000 brackets: the answer comes from the scan, so even a tiny stack is enough."""
    write(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert "nested" in refused(tmp_path).message
    assert os.path.getsize(tmp_path / "sbdk_config.json") > 200_000
