"""docs/streams.md: its Python runs, its configuration is one, its tables are complete."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sbdk.datasets.retail.settings import DIRT
from sbdk.spec.config_sections import NAMED_DEFECTS
from sbdk.spec.loader import load_project

TEXT = (Path(__file__).parents[3] / "docs" / "streams.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page")
    done = subprocess.run(
        [sys.executable, "-c", block("python")], cwd=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"transaction_id":' in done.stdout
    return path


def test_the_example_goes_on_after_two_hours(folder):
    stops = [
        int(path.stem.partition("-")[2]) for path in sorted((folder / "landing" / "sales").iterdir()) if path.suffix
    ]
    assert len(stops) == 2 + 12
    sold = 144_000 * (0.12 + 0.09 + 0.04) * 0.90 * 1.10  # 18 to 21 h of a Wednesday, the last of December
    assert 0.98 * sold < stops[-1] < 1.02 * sold  # less what is still on its way, and duplicates


def test_the_columns_of_the_truth_are_those_on_the_page(folder):
    for line in re.findall(r"^\| `(defects|buckets|windows)` \| (.*) \|$", TEXT, re.MULTILINE):
        columns = pq.read_schema(folder / "truth" / f"{line[0]}.parquet").names
        said = re.sub(r"\(.*?\)|: .*", "", line[1]).replace(" ", "").split(",")
        assert said == columns


def test_the_configuration_is_one(tmp_path):
    (tmp_path / "sbdk_config.json").write_text(block("json"))
    config = load_project(tmp_path, env={}).config
    assert config.dirt["sales"]["late"] == json.loads(block("json"))["dirt"]["sales"]["late"]
    assert (config.world_settings().anchor - config.world_settings().start).days == 1


def test_every_defect_is_on_the_page():
    rows = re.findall(r"^\| `(\S+)` \| .* \| (.*) \|$", TEXT, re.MULTILINE)
    assert {name for name, _ in rows} >= {*NAMED_DEFECTS, "missing_<column>", "negative_<column>"}
    for rates in DIRT.values():
        for defect in rates:
            assert defect in TEXT
