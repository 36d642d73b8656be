"""The example with real data, through the command line, against figures that are known from elsewhere.

Sources of the figures: the reference manual of the R package nycflights13 (rows of its tables) and the book "R for Data
Science" (cancelled flights, mean delays, flights without a plane, an airport or an hour of weather).
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import shops

EXAMPLE = Path(__file__).parents[2] / "examples" / "nycflights"
MADE = shutil.ignore_patterns(".sbdk", "data", "__pycache__", "target", "logs")


def sbdk(project: Path, *arguments: str) -> Any:
    done = shops.sbdk(*arguments, cwd=project)
    assert done.code == 0, done
    return json.loads(done.out)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with its data."""
    specification = importlib.util.spec_from_file_location("get_data", EXAMPLE / "get_data.py")
    assert specification is not None
    assert specification.loader is not None
    get_data = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(get_data)
    copy = tmp_path_factory.mktemp("real") / "nycflights"
    shutil.copytree(EXAMPLE, copy, ignore=MADE)
    try:
        get_data.get_data(copy / "csv")
    except RuntimeError as error:
        pytest.skip(f"the package with the data cannot be fetched here: {error}")
    return copy


@pytest.fixture(scope="module")
def run(project: Path) -> Any:
    return sbdk(project, "dev", "--json")


def test_every_table_has_as_many_rows_as_the_package_documents(run: Any) -> None:
    rows = {table["name"]: table["rows"] for table in run["tables"]}
    documented = {
        "raw.flights": 336_776,
        "raw.airlines": 16,
        "raw.airports": 1_458,
        "raw.planes": 3_322,
        "raw.weather": 26_115,
    }
    assert rows.items() >= documented.items()


def test_all_models_are_built_and_only_what_is_known_to_be_incomplete_warns(run: Any) -> None:
    assert run["status"] == "success"
    assert run["dbt"]["models"] == 5
    assert run["dbt"]["tests_passed"] >= 10
    assert (run["dbt"]["tests_failed"], run["dbt"]["tests_warned"]) == (0, 2)


KNOWN = {
    "count(*) filter (departure_delay is null)": 8_255,
    "count(*) filter (arrival_delay is null)": 9_430,
    "count(*) filter (tail_number is null)": 2_512,
    "count(*) filter (not weather_known)": 1_556,
    "count(*) filter (destination not in (select faa from raw.airports))": 7_602,
    "count(*) filter (coalesce(tail_number, 'NA') not in (select tailnum from raw.planes))": 52_606,
    "count(*) filter (origin = 'EWR')": 120_835,
    "count(*) filter (origin = 'JFK')": 111_279,
    "count(*) filter (origin = 'LGA')": 104_662,
    "max(departure_delay)": 1_301,
    "round(avg(departure_delay), 2)": 12.64,
    "round(avg(arrival_delay), 2)": 6.90,
}


def test_the_figures_are_the_known_ones(project: Path, run: Any) -> None:
    columns = ", ".join(f"{expression} as f{number}" for number, expression in enumerate(KNOWN))
    (answer,) = sbdk(project, "query", "--format", "json", f"select {columns} from fct_flights")
    assert dict(zip(KNOWN, answer.values(), strict=True)) == KNOWN


def test_missing_values_are_null_and_not_text(project: Path, run: Any) -> None:
    columns = sbdk(project, "query", "--format", "json", "describe raw.flights")
    types = {column["column_name"]: column["column_type"] for column in columns}
    assert {types[name] for name in ("dep_time", "dep_delay", "arr_delay", "air_time")} == {"BIGINT"}
    unknown = sbdk(project, "query", "--format", "json", "select count(*) as n from raw.planes where year is null")
    assert unknown == [{"n": 70}]


def test_nothing_runs_again_while_the_files_stay_the_same(project: Path, run: Any) -> None:
    again = sbdk(project, "dev", "--json")
    assert again["status"] == "up_to_date"
    assert again["tables"] == run["tables"]
    with (project / "csv" / "airlines.csv").open("a") as airlines:
        airlines.write("ZZ,No Such Airline\n")
    changed = sbdk(project, "dev", "--json")
    assert changed["status"] == "success"
    assert {"name": "main.carrier_punctuality", "rows": 17} in changed["tables"]


def test_every_model_and_column_of_the_example_is_described(project: Path, run: Any) -> None:
    described = {}
    for entry in yaml.safe_load((EXAMPLE / "dbt" / "models" / "models.yml").read_text())["models"]:
        described[entry["name"]] = {column["name"] for column in entry["columns"] if column["description"]}
        assert entry["description"]
    columns = sbdk(
        project,
        "query",
        "--format",
        "json",
        "select table_name, column_name from duckdb_columns() where schema_name = 'main' and not internal",
    )
    assert {(name, column) for name, names in described.items() for column in names} == {
        (row["table_name"], row["column_name"]) for row in columns
    }
