"""What the saas template ships: its models, descriptions and tests."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.spec.world import WorldSettings
from sbdk.transform import Worker
from sbdk.transform.dbt_cli import run_dbt
from support.shop_world import START
from support.template_worker import TEMPLATES, VARIABLES

DBT = TEMPLATES / "saas" / "dbt"
MODELS = {
    "staging": {"stg_users", "stg_events", "stg_orders"},
    "intermediate": {"int_user_activity", "int_user_orders", "int_sessions"},
    "marts": {
        "dim_users", "user_metrics", "fct_orders", "fct_user_daily_activity", "daily_revenue", "acquisition_funnel",
        "dim_dates",
    },
}  # fmt: skip


def declared(kind: str) -> list[dict[str, Any]]:
    """All entries of one kind (models, sources, seeds …) in the YAML files of the project."""
    paths = sorted([*DBT.glob("models/**/*.yml"), *DBT.glob("seeds/*.yml")])
    return [entry for path in paths for entry in yaml.safe_load(path.read_text()).get(kind, [])]


def tables_described() -> dict[str, dict[str, Any]]:
    """Every model, seed and source table by its name in the database."""
    named = {entry["name"]: entry for entry in declared("models") + declared("seeds")}
    for source in declared("sources"):
        named |= {f"{source['name']}.{table['name']}": table for table in source["tables"]}
    return named


def test_each_layer_holds_its_models() -> None:
    assert {layer: {path.stem for path in (DBT / "models" / layer).glob("*.sql")} for layer in MODELS} == MODELS


@pytest.mark.parametrize("name", sorted(tables_described()))
def test_every_table_and_each_of_its_columns_is_described(name: str, built: Path) -> None:
    entry = tables_described()[name]
    with duckdb.connect(str(built), read_only=True) as connection:
        columns = [row[0] for row in connection.execute(f"describe {name}").fetchall()]
    assert entry["description"].strip()
    assert {column["name"] for column in entry["columns"]} == set(columns)
    assert all(len(column["description"]) > 3 for column in entry["columns"])


def generic_tests() -> list[tuple[str, str]]:
    """(model, kind of test) of every generic test."""
    found = []
    for entry in declared("models") + declared("seeds"):
        tests = entry.get("data_tests", []) + [t for c in entry["columns"] for t in c.get("data_tests", [])]
        found += [(entry["name"], test if isinstance(test, str) else next(iter(test))) for test in tests]
    return found


def test_every_model_has_its_primary_key_tested() -> None:
    tested = {model for model, kind in generic_tests() if kind == "primary_key"}
    assert tested == set.union(*MODELS.values()) | {"exchange_rates"}


def test_there_are_at_least_forty_tests_and_fifteen_that_compare_tables() -> None:
    kinds = Counter(kind for _, kind in generic_tests())
    singular = list((DBT / "tests").glob("*.sql"))
    assert kinds.total() + len(singular) >= 40
    assert kinds["relationships"] + kinds["same_keys"] + len(singular) >= 15
    assert len(declared("unit_tests")) >= 3


def test_every_column_that_names_a_user_refers_to_the_users() -> None:
    """Relationships of every foreign key: user_id wherever it is not the key of the users themselves."""
    referring = {model for model, kind in generic_tests() if kind in ("relationships", "same_keys")}
    having = {entry["name"] for entry in declared("models") if any(c["name"] == "user_id" for c in entry["columns"])}
    assert having - {"stg_users"} <= referring


def test_no_model_or_test_asks_for_the_wall_time() -> None:
    wall_time = re.compile(
        r"\b(now|current_\w+|today|getdate|get_current_\w+|localtimestamp)\s*\(|current_(date|timestamp)", re.I
    )
    files = [*DBT.rglob("*.sql"), *(TEMPLATES / "_shared").rglob("*.sql")]
    asking = [path.name for path in files if wall_time.search(path.read_text())]
    assert asking == []


def test_the_audit_table_tells_of_every_run(built: Path, worker: Worker) -> None:
    with duckdb.connect(str(built), read_only=True) as connection:
        rows = connection.execute("select command, models, failed, warned from audit.dbt_runs").fetchall()
    # The second: unit tests of incremental models, which need the tables that the first has made.
    assert rows == [("build", 13, 0, 0), ("test", 0, 0, 0)]


def test_sources_tell_how_fresh_they_are(worker: Worker, built: Path, copy_of: Any) -> None:
    """By dbt's own command, since nothing of sbdk asks for it."""
    at = {"python": sys.executable, "dbt_dir": worker.dbt_dir, "profiles_dir": worker.dbt_dir, "target": "dev"}
    path = copy_of(built)
    ages = {"1 hour": "pass", "3 hours": "warn", "7 hours": "error"}
    for age, status in ages.items():
        with duckdb.connect(str(path)) as connection:
            connection.execute("delete from raw._dlt_loads")
            connection.execute(f"insert into raw._dlt_loads values ('1', 0, now() - interval '{age}')")
        run_dbt(["source", "freshness", "--vars", json.dumps(VARIABLES), "--quiet"], path, **at)
        told = json.loads((path.parent / "target" / "sources.json").read_text())["results"]
        found = {source["unique_id"].rsplit(".")[-1]: source["status"] for source in told}
        assert found == dict.fromkeys(("raw_users", "raw_events", "raw_orders"), status)


def test_a_view_reads_the_same_in_a_file_of_another_name(built: Path, tmp_path: Path) -> None:
    other = tmp_path / "another_name.duckdb"
    other.write_bytes(built.read_bytes())
    with duckdb.connect(str(other), read_only=True) as connection:
        counts = [connection.execute(f"select count(*) from {view}").fetchone() for view in ("stg_users", "stg_orders")]
        users = connection.execute("select count(*) from raw.raw_users").fetchone()
    assert counts[0] == users
    assert counts[1] is not None
    assert counts[1][0] > 0


def test_the_dollar_rate_of_each_currency_is_the_cross_rate_of_the_published_ones(built: Path) -> None:
    with duckdb.connect(str(built), read_only=True) as connection:
        rows = connection.execute(
            "select rate_date, currency, units_per_euro, usd_per_unit from exchange_rates"
        ).fetchall()
    dollars = {date: per_euro for date, currency, per_euro, _ in rows if currency == "USD"}
    assert {currency for _, currency, _, _ in rows} == {"USD", "CAD", "GBP", "AUD", "EUR", "JPY"}
    for date, _, per_euro, usd in rows:
        assert float(usd) == pytest.approx(float(dollars[date] / per_euro), abs=6e-9)


def test_the_sources_are_the_columns_that_the_synthetic_world_makes() -> None:
    volumes = {"users": 1, "events": 1, "orders": 1}
    world = SaasDataset(WorldSettings(seed=42, start=START, anchor=START + timedelta(days=365), volumes=volumes))
    described = {
        name.removeprefix("raw."): entry for name, entry in tables_described().items() if name.startswith("raw.")
    }
    assert {name: [column["name"] for column in entry["columns"]] for name, entry in described.items()} == {
        name: world.tables[name].schema.names for name in world.tables
    }
