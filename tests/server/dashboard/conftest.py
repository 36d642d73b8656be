"""A small shop that was published twice, and a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sbdk.state.record_parts import (
    CheckOutcome,
    DbtRecord,
    DbtRelation,
    NodeState,
    PipelineRecord,
    TableValidation,
    Validation,
)
from support.places import Place, model

ORDERS = """create table raw.raw_orders as
            select i as id, i % 7 as customer, i * 1.5 as amount, 'note ' || i as note,
                   timestamp '2026-01-01' + interval (i) hour as at, i % 2 = 0 as paid
            from range(120) t(i)"""
TABLES = [
    "create schema raw",
    ORDERS,
    "create table big_spenders as select customer, sum(amount) as spent from raw.raw_orders group by all",
    "create view latest as select * from raw.raw_orders order by id desc",
]
CHECK = "-- severity: warn\n-- description: Nobody owes us.\nselect id from raw.raw_orders where not paid\n"
SOURCE = '@dlt.resource(name="raw_orders")\ndef orders():\n    yield []\n'


@pytest.fixture(scope="session")
def shop_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place.empty(tmp_path_factory.mktemp("dashboard") / "shop")
    (place.root / "pipelines" / "orders.py").write_text(SOURCE)
    (place.root / "checks" / "paid.sql").write_text(CHECK)
    tests = {f"test.shop.{number}": NodeState("test", "pass") for number in range(3)}
    models = {f"model.shop.{name}": NodeState("model", "success") for name in ("big_spenders", "latest")}
    relations = (DbtRelation("main", "big_spenders", "big_spenders"), DbtRelation("main", "latest", "latest"))
    contents: dict[str, Any] = {
        "pipelines": {"orders.py": PipelineRecord(tables=("raw_orders",))},
        "checks": (CheckOutcome("paid", "warn", 60),),
        "validation": Validation({"raw_orders": TableValidation(120, 0, 0)}),
        "dbt": DbtRecord(nodes={**models, **tests}, relations=relations),
    }
    first = place.publish(TABLES, **contents)
    place.record(run_id=first)
    second = place.publish(
        ["insert into raw.raw_orders values (120, 1, 9.5, 'new', timestamp '2026-02-01', true)"], **contents
    )
    place.record(run_id=second)
    raw = {**model("raw_orders", schema="raw", kind="source"), "identifier": "raw_orders"}
    test = model("unique_customer", "model.shop.big_spenders", kind="test", attached_node="model.shop.big_spenders")
    place.manifest(
        model("big_spenders", "source.shop.raw_orders"),
        model("latest", "source.shop.raw_orders"),
        {**test, "column_name": "customer", "test_metadata": {"name": "unique"}},
        sources=[raw],
    )
    return place


@pytest.fixture
def shop(shop_once: Place, tmp_path: Path) -> Place:
    """A copy of one's own."""
    import shutil

    return Place(Path(shutil.copytree(shop_once.root, tmp_path / "shop")))
