"""The example that learns a forecast: on the way that its page describes, held against figures worked out in SQL."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from support.shops import sbdk

EXAMPLE = Path(__file__).parents[2] / "examples" / "books-forecast"
YEAR = {"start_date": "2025-01-01", "end_date": "2026-01-01"}
FORECAST = (sys.executable, str(EXAMPLE / "forecast.py"))


def steps() -> list[list[str]]:
    """The page's commands that make the data, each a program and its arguments."""
    text = re.search(r"```console\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    assert text is not None
    lines = [line.removeprefix("$ ") for line in text[1].splitlines()]
    assert lines[0] == "pip install '../..[ml]'"
    assert lines[-1] == "python ../forecast.py features.parquet --truth truth/demand.parquet"
    return [shlex.split(line) for line in lines[1:-1]]


def run(folder: Path, *words: str, **settings: str) -> str:
    import os

    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make(folder: Path, **settings: object) -> Path:
    """A project as the page makes it, with settings of its own; its folder."""
    for words in steps():
        if words[0] == "cd":
            folder = folder / words[1]
            config = folder / "sbdk_config.json"
            config.write_text(json.dumps({**json.loads(config.read_text()), **YEAR, **settings}))
            continue
        variables = dict(word.split("=") for word in words if re.match(r"SBDK_\w+=", word))
        arguments = [word for word in words if word.partition("=")[0] not in (*variables, "sbdk")]
        done = sbdk(*arguments, cwd=folder, **variables)
        assert done.code == 0, done
    return folder


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scale 100, but for the books: 1,000 instead of 10,000, since the suite is to end some day."""
    return make(tmp_path_factory.mktemp("forecast"), data_volume={"books": 10})


@pytest.fixture(scope="module")
def found(books: Path) -> dict[str, list[float]]:
    return errors(run(books, *FORECAST, "features.parquet", "--truth", "truth/demand.parquet"))


def errors(said: str) -> dict[str, list[float]]:
    """By forecast: its error, and how far it is from expected demand."""
    rows = re.findall(r"^(\S.*?) {2,}([\d. ]+)$", said, re.MULTILINE)
    return {name: [float(figure) for figure in figures.split()] for name, figures in rows}


def test_it_beats_the_naive_forecast_and_comes_near_the_best_possible(books, found):
    model, naive, average = (found[name] for name in ("gradient boosting", "seven days before", "mean of 30 days"))
    assert model[0] < 0.8 * naive[0]
    assert model[0] < average[0]
    assert model[1] < average[1] < naive[1]
    assert model[0] < 1.05 * found["the best possible"][0]

    lag = """select sqrt(avg((target_units - coalesce(units_lag_7, 0)) ** 2)), count(*) from 'features.parquet'
      where feature_date > date '2025-12-31' - 60"""
    right, rows = duckdb.execute(lag.replace("features.parquet", str(books / "features.parquet"))).fetchone()
    assert naive[0] == pytest.approx(right, abs=1e-4)
    assert rows > 50_000


def test_it_learns_nothing_from_the_days_it_is_judged_on(books, found, tmp_path):
    """With other sales on those days its forecast is the same: just as far from the demand that was to be expected."""
    other = tmp_path / "other.parquet"
    duckdb.execute(
        f"""copy (select * replace (if(feature_date > date '2025-12-31' - 60, 7, target_units) as target_units)
        from '{books / "features.parquet"}' order by book_id, feature_date) to '{other}' (format parquet)"""
    )
    said = errors(run(books, *FORECAST, str(other), "--truth", "truth/demand.parquet"))
    assert said["gradient boosting"][1] == found["gradient boosting"][1]
    assert said["gradient boosting"][0] != found["gradient boosting"][0]


@pytest.mark.faults
def test_the_page_s_figures_are_those_of_scale_100(tmp_path: Path):
    said = run(make(tmp_path), *FORECAST, "features.parquet", "--truth", "truth/demand.parquet")
    printed = re.search(r"```text\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    assert printed is not None
    for name, figures in errors(printed[1]).items():
        assert errors(said)[name] == pytest.approx(figures, abs=0.002)
