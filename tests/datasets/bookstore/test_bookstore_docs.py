"""docs/bookstore.md: its code runs, and its figures are those of the program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sbdk.datasets.bookstore import demand, seasonality
from sbdk.spec.loader import load_project
from support.bookstores import bookstore
from support.shops import Shop, command_environment

TEXT = (Path(__file__).parents[3] / "docs" / "bookstore.md").read_text(encoding="utf-8")
CODE = {name: re.findall(rf"^```{name}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE) for name in ("json", "python")}


def listed(heading: str) -> dict[str, str]:
    """The first two columns of the tables under a heading."""
    part = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| (.+?) \| (.*?) (?:\| .*)?\|$", part, re.MULTILINE))


@pytest.fixture
def shop(tmp_path) -> Shop:
    (tmp_path / "sbdk_config.json").write_text(json.dumps({**json.loads(CODE["json"][0]), "scale": 1}))
    return Shop(tmp_path)


def test_the_configuration_is_one(tmp_path):
    (tmp_path / "sbdk_config.json").write_text(CODE["json"][0])
    volumes = load_project(tmp_path, env={}).config.world_settings().volumes
    assert (volumes["publishers"], volumes["books"], volumes["inventory"]) == (1_000, 10_000, 5_000)


def test_the_python_runs(shop):
    done = subprocess.run(
        [sys.executable, "-c", CODE["python"][0]],
        cwd=shop.path,
        env=command_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_answer_key_has_the_files_and_columns(shop):
    assert shop.sbdk("truth", "--out", "key").code == 0
    files = {name.strip("`"): columns for name, columns in listed("The answer key").items() if name.startswith("`")}
    assert sorted(files) == sorted(path.name for path in (shop.path / "key").iterdir())
    for name, columns in files.items():
        assert re.findall(r"`(\w+)`", columns) == pq.read_schema(shop.path / "key" / name).names


def test_the_tables_are_all_there():
    world = bookstore()
    rows = re.findall(r"^\| `(\w+)` \| .*? \| `(\w+)` .*? \| (?:`(\w+)` )?\|$", TEXT, re.MULTILINE)
    assert rows == [(name, world.tables[name].key[0], world.tables[name].time_column or "") for name in world.tables]


def test_the_figures_are_those_of_the_program():
    parts = listed("Demand")
    assert [int(number) for number in re.findall(r"\d+", parts["weekday"])] == list(seasonality.WEEKDAYS)
    months = re.findall(r"\d+", parts["time of the year"].partition("month")[2])
    assert [int(number) for number in months] == list(seasonality.MONTHS)
    pairs = re.findall(r"(\d+) %: (\d(?:\.\d+)?)", parts["response"])
    told = {int(off): float(factor) for off, factor in pairs}
    assert told == dict(zip(demand.DISCOUNTS, demand.RESPONSE, strict=True))


def test_the_experiments_are_the_true_ones():
    rows = re.findall(r"^\| `(EXP_\d+)` \| ([\d.]+) % \| (\S+?)(?: %)? \| (\d+)/(\d+)", TEXT, re.MULTILINE)
    told = {row["experiment_id"]: row for row in bookstore().experiments().to_pylist()}
    assert [name for name, *_ in rows] == list(told)
    for name, control, lift, _, treatment in rows:
        assert told[name]["true_control_ctr"] == pytest.approx(float(control) / 100, abs=6e-4)
        assert told[name]["true_lift"] == float(lift.replace("−", "-")) / 100
        assert told[name]["true_share"] == int(treatment) / 100
