"""A fourth data set with an answer key and a grader: its own folder, one registry line, a template. Nothing else.

`fourth/` is an installed package as Python sees it: a folder of modules, and the metadata with its entry points.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

FOURTH = Path(__file__).parent / "fourth"


def sbdk(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(FOURTH), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", "sbdk", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made from the package's template, after one run."""
    folder = tmp_path_factory.mktemp("fourth")
    made = sbdk(folder, "init", "depot", "--template", "parcels", "--yes")
    assert made.returncode == 0, made.stderr
    ran = sbdk(folder / "depot", "dev")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder / "depot"


def test_dev_loads_and_transforms_it(depot):
    with duckdb.connect(str(depot / "data" / "dev.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute("select count(*) from raw.parcels").fetchall() == [(500,)]
        assert warehouse.execute("select sum(parcels) from main.delivered").fetchall() == [(500,)]


def test_truth_writes_its_answer_key(depot, tmp_path):
    done = sbdk(depot, "truth", "--out", str(tmp_path / "truth"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["records"] == {"parcels": 500}
    assert sum(pq.read_table(tmp_path / "truth" / "by_days.parquet").column("parcels").to_pylist()) == 500


def test_score_grades_it(depot, tmp_path):
    done = sbdk(depot, "score", "--json", "--html", str(tmp_path / "card.html"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "score": 100.0, "grade": "A+", "coverage": 100.0, "findings": [], "uncovered": [], "notes": [], "days": 9
    }  # fmt: skip
    assert "500 of parcels" in (tmp_path / "card.html").read_text()
    assert "100 of 100, grade A+" in sbdk(depot, "score").stdout.replace("100.0", "100")


def test_its_keys_are_part_of_the_configuration(depot):
    schema = json.loads((depot / ".sbdk_config.schema.json").read_text())
    assert "parcels" in schema["$defs"]["DataVolume"]["properties"]
    config = depot / "sbdk_config.json"
    before = config.read_text()
    try:
        config.write_text(json.dumps({**json.loads(before), "data_volume": {"parcls": 3}}))
        done = sbdk(depot, "dev", "--dry-run")
    finally:
        config.write_text(before)
    assert done.returncode == 2
    assert "data_volume.parcls: unknown key" in done.stderr
    assert "did you mean 'data_volume.parcels'?" in done.stderr
