"""Every snippet of docs/checks.md, on a small shop."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from sbdk.quality import run_checks
from sbdk.spec.checks import read_checks
from sbdk.spec.loader import load_project

TEXT = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
SHOP = """CREATE SCHEMA raw; CREATE SCHEMA _sbdk;
    CREATE TABLE _sbdk.clock AS SELECT TIMESTAMP '2026-01-01' AS now;
    CREATE TABLE raw.raw_orders AS SELECT * FROM (VALUES
        (1, 7, 19.99::DECIMAL(12, 2), 'USD', TIMESTAMP '2025-12-31 23:59:59.999999'),
        (2, 7, 1200.50::DECIMAL(12, 2), 'USD', TIMESTAMP '2025-06-01'),
        (3, 8, 150000::DECIMAL(12, 2), 'JPY', TIMESTAMP '2026-01-01'))
        AS v(order_id, user_id, amount, currency, order_timestamp)"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def shop(tmp_path):
    """A project folder with the page's two checks and a published file."""
    (tmp_path / "data").mkdir()
    with duckdb.connect(str(tmp_path / "data" / "dev.duckdb")) as connection:
        connection.execute(SHOP)
    (tmp_path / "checks").mkdir()
    for name, sql in zip(("orders_in_the_future", "large_orders"), blocks("sql"), strict=True):
        (tmp_path / "checks" / f"{name}.sql").write_text(sql)
    return tmp_path


def test_the_two_checks_find_what_the_page_says(shop):
    with duckdb.connect(str(shop / "data" / "dev.duckdb"), read_only=True) as connection:
        large, late = run_checks(connection, read_checks(shop / "checks"), keep=shop / "failures")
    assert (late.status, late.failures, late.sample[0]["order_id"]) == ("fail", 1, 3)
    assert (large.status, large.description) == ("warn", "orders above 1,000 are worth a look")
    assert (shop / "failures" / "large_orders.jsonl").read_text() == blocks("json")[0]


def test_the_yaml_says_the_same_as_the_comments(shop):
    path = shop / "checks" / "large_orders.sql"
    by_comment = read_checks(shop / "checks")[0]
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("--")))
    (shop / "checks" / "checks.yml").write_text(blocks("yaml")[0])
    by_yaml = read_checks(shop / "checks")[0]
    assert (by_yaml.severity, by_yaml.description) == (by_comment.severity, by_comment.description)


def test_the_python_runs(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    exec(compile(blocks("python")[0], "docs/checks.md", "exec"), {})
    assert capsys.readouterr().out == "large_orders warn 1\norders_in_the_future fail 1\n"


def test_the_configuration_is_one(tmp_path):
    snippet = blocks("json")[1]
    (tmp_path / "sbdk_config.json").write_text(snippet)
    quality = load_project(tmp_path, env={}).config.quality
    assert quality.model_dump(mode="json") == json.loads(snippet)["quality"]
