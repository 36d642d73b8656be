"""What the retail template ships, and that each of its tests can fail."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sbdk.transform import TransformResult, Worker
from support.retail_shop import SMALL, STREAMS, Apparel
from support.template_worker import TEMPLATES, start_worker

QUARANTINE = 'action: quarantine, condition: "discount'
DBT = TEMPLATES / "retail" / "dbt"
KEYS = {"stores": "store_id", "customers": "customer_id", "products": "product_id"}
GOLD = {
    "sales_by_store_window": "store_id",
    "daily_sales_by_store": "day",
    "product_performance": "product_id",
    "customer_lifetime_value": "customer_id",
}


def twice(table: str) -> str:
    return f"insert into {table} from {table} limit 1"


def change(table: str, assignment: str, where: str = "true") -> str:
    return f"update {table} set {assignment} where rowid = (select min(rowid) from {table} where {where})"


def lose(table: str, where: str = "true") -> str:
    return f"delete from {table} where rowid = (select min(rowid) from {table} where {where})"


MATCHED, LEDGER = "silver.sales_matched", "silver.sales_ledger"
LOADED = "store_version is not null and customer_version is not null and product_version is not null and quantity {} 0"
EARLY = "event_time = timestamp '2025-01-01'"
VIOLATIONS = {
    "sales_matched_primary_key": twice(MATCHED),
    "sales_transactions_primary_key": f"insert into {MATCHED} from {MATCHED} where {LOADED.format('>')} limit 1",
    "returns_transactions_primary_key": f"insert into {MATCHED} from {MATCHED} where {LOADED.format('<')} limit 1",
    "held_sales_primary_key": f"insert into {MATCHED} from {MATCHED} where not ({LOADED.format('<>')}) limit 1",
    "late_sales_primary_key": f"insert into {LEDGER} from {LEDGER} where bucket = 'late' limit 1",
    "sales_transactions_are_sound": change(MATCHED, EARLY, LOADED.format(">")),
    "returns_transactions_are_sound": change(MATCHED, EARLY, LOADED.format("<")),
    "late_sales_are_late": change(LEDGER, "watermark = timestamp '2025-01-01'", "bucket = 'late'"),
    "held_sales_wait": change(MATCHED, "store_version = null", LOADED.format(">")),
    "conservation_holds": lose("quarantine.sales"),
    "every_record_is_in_the_ledger": lose(LEDGER),
    "matched_are_the_accepted": lose(MATCHED),
    "sales_are_in_one_place": twice(MATCHED),
    "facts_meet_the_valid_version": change(MATCHED, EARLY, LOADED.format(">")),
    "denormalized_sales_facts_primary_key": twice(MATCHED),
    "denormalized_sales_facts_are_sound": change(MATCHED, "customer_email = null", LOADED.format(">")),
    "gold_adds_up": lose("gold.product_performance", "sales > 0"),
    "no_rule_with_action_fail_is_broken": change(LEDGER, "action = 'fail'", "rule is not null"),
    "quarantine_is_small": f"update {LEDGER} set bucket = 'quarantined'",
    "conflicting_deliveries": "update bronze.sales set quantity = 77 where received = "
    f"(select min(received) from {LEDGER} where bucket = 'duplicate')",
    "rule_results_primary_key": twice("quarantine.rule_results"),
    **{f"{table}_primary_key": twice(f"gold.{table}") for table in GOLD},
    **{f"{table}_is_sound": change(f"gold.{table}", "sales = -1") for table in GOLD},
    **{f"bronze_{stream}_primary_key": twice(f"bronze.{stream}") for stream in STREAMS},
    **{f"{stream}_ledger_primary_key": twice(f"silver.{stream}_ledger") for stream in STREAMS},
    **{f"{stream}_ledger_buckets": change(f"silver.{stream}_ledger", "bucket = 'lost'") for stream in STREAMS},
    **{f"quarantine_{stream}_primary_key": twice(f"quarantine.{stream}") for stream in STREAMS},
    **{f"quarantine_{stream}_says_why": change(f"quarantine.{stream}", "reason = ''") for stream in STREAMS},
    **{f"{name}_primary_key": twice(f"silver.{name}") for name in KEYS},
    **{f"{name}_history": change(f"silver.{name}", "valid_to = valid_from + interval 1 second") for name in KEYS},
    **{f"{name}_are_sound": change(f"silver.{name}", "last_update_time = null") for name in KEYS},
    **{
        f"{name}_current_are_all": change(f"silver.{name}", "valid_to = valid_from", "valid_to is null")
        for name in KEYS
    },
    **{
        f"{name}_current_primary_key": f"insert into silver.{name} from silver.{name} where valid_to is null limit 1"
        for name in KEYS
    },
}
"""For each data test what it forbids."""


def models() -> dict[str, dict[str, Any]]:
    found = [
        entry for path in DBT.glob("models/**/*.yml") for entry in yaml.safe_load(path.read_text()).get("models", [])
    ]
    return {entry["name"]: entry for entry in found}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Apparel:
    """A small day, in a landing folder of Parquet files."""
    settings = {**SMALL, "streams": {**SMALL["streams"], "format": "parquet"}}
    made = Apparel.make(tmp_path_factory.mktemp("retail") / "structure", **settings)
    assert made.sbdk("dev")["status"] == "success"
    return made


@pytest.fixture(scope="module")
def queries(project: Apparel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What dbt asks for each data test, all of which pass."""
    folder = tmp_path_factory.mktemp("queries")
    database = Path(shutil.copy(project.path / "data" / "dev.duckdb", folder))
    with start_worker(project.path / "dbt", folder / "work", database) as worker:
        tests = built(worker, database).tests
    assert {test.status for test in tests} <= {"pass", "warn"}
    return {test.name: test.compiled_sql or "" for test in tests}


@pytest.fixture
def database(project: Apparel, tmp_path: Path) -> Path:
    return Path(shutil.copy(project.path / "data" / "dev.duckdb", tmp_path / "dev.duckdb"))


def test_parquet_files_land_as_well(project: Apparel) -> None:
    assert not list(project.path.glob("landing/*/*.jsonl"))
    assert project.sbdk("score")["score"] == 100


@pytest.mark.parametrize("name", sorted(path.stem for path in DBT.glob("models/**/*.sql")))
def test_every_model_and_each_of_its_columns_is_described(name: str, project: Apparel) -> None:
    entry = models()[name]
    schema = next(DBT.glob(f"models/**/{name}.sql")).relative_to(DBT / "models").parts[0]
    table = re.sub("^(bronze|quarantine)_", "", name)
    columns = [row[0] for row in project.rows(f"describe {schema}.{table}")]
    assert entry["description"].strip()
    assert {column["name"] for column in entry["columns"]} == set(columns)
    assert all(len(column["description"]) > 3 for column in entry["columns"])


def test_a_new_project_gets_the_macros_for_change_data(project: Apparel) -> None:
    own = {path.name: path.read_text() for path in (TEMPLATES.parent / "cdc" / "dbt").glob("*.sql")}
    assert {path.name: path.read_text() for path in (project.path / "dbt" / "macros" / "cdc").iterdir()} == own
    assert "$macros" not in (project.path / "sbdk_config.json").read_text()


def test_the_page_shows_a_rule_and_a_resource_of_the_template() -> None:
    page = (Path(__file__).parents[2] / "docs" / "retail.md").read_text()
    shown = [line for line in page.splitlines() if line.startswith(("- { name", "@dlt", "def ", "    yield"))]
    shipped = (DBT / "models/silver/ledgers/ledgers.yml").read_text() + (
        DBT.parent / "pipelines/streams.py"
    ).read_text()
    assert len(shown) == 4
    assert all(line in shipped for line in shown)


def test_each_test_can_fail(queries: dict[str, str], database: Path) -> None:
    """The query that dbt asks finds more rows once its violation is planted."""
    green = []
    with duckdb.connect(str(database)) as connection:
        for name, violation in VIOLATIONS.items():
            before = connection.execute(queries[name]).fetchall()
            assert before == [] or name == "conflicting_deliveries"
            connection.execute("begin")
            assert connection.execute(violation).fetchall()[0][0] > 0, f"nothing was planted for {name}"
            if len(connection.execute(queries[name]).fetchall()) <= len(before):
                green.append(name)
            connection.execute("rollback")
    assert green == []


def test_a_violation_is_listed_for_each_test(queries: dict[str, str]) -> None:
    assert set(queries) == set(VIOLATIONS)


def built(worker: Worker, database: Path, *select: str) -> TransformResult:
    return worker.build(database, select=list(select))


def test_a_rule_that_is_declared_wrongly_is_named(project: Apparel, tmp_path: Path, database: Path) -> None:
    dbt = with_rules(project, tmp_path, QUARANTINE, 'action: drop, condition: "discount')
    with start_worker(dbt, tmp_path / "work", database) as worker:
        result = built(worker, database, "sales_ledger")
    assert result.error
    assert "sales_ledger, rule negative_discount: action is warn, quarantine or fail, not drop" in result.error.message


def with_rules(project: Apparel, folder: Path, right: str, wrong: str) -> Path:
    """A copy of the project's dbt folder in which the rules are declared otherwise."""
    dbt = Path(shutil.copytree(project.path / "dbt", folder / "dbt"))
    rules = dbt / "models" / "silver" / "ledgers" / "ledgers.yml"
    assert right in rules.read_text()
    rules.write_text(rules.read_text().replace(right, wrong))
    return dbt


def test_a_rule_with_the_action_fail_stops_the_build(project: Apparel, tmp_path: Path, database: Path) -> None:
    dbt = with_rules(project, tmp_path, QUARANTINE, 'action: fail, condition: "discount')
    with start_worker(dbt, tmp_path / "work", database) as worker:
        assert worker.build(database, select=["sales_ledger"], full_refresh=True).models[0].status == "success"
        (test,) = worker.build(database, select=["no_rule_with_action_fail_is_broken"]).tests
    assert (test.status, (test.failures or 0) > 100) == ("fail", True)
