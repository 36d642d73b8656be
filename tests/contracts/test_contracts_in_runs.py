"""Contracts in whole runs: rows are set aside with their reason, none is lost, and replayed after the fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from support.contracts import custom, document
from support.shops import Shop

ORDERS = """
import json
import dlt
from pathlib import Path

@dlt.resource({options})
def orders():
    yield from json.loads((Path(__file__).parent / "orders.json").read_text())
"""
COLUMNS = [
    {"name": "id", "logicalType": "integer", "primaryKey": True},
    {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
    {"name": "email", "logicalType": "string", "logicalTypeOptions": {"format": "email"}, "classification": "pii"},
]


@pytest.fixture
def shop(tiny: Shop) -> Shop:
    """A project with a source whose rows a test writes, and a contract of its table."""
    tiny.write("pipelines/orders.py", ORDERS.format(options="write_disposition='replace'"))
    (tiny.path / "pipelines/things.py").unlink()
    tiny.write("dbt/models/doubled.sql", "select count(*) as orders from raw.orders\n")
    contract(tiny, *COLUMNS)
    return tiny


def contract(shop: Shop, *columns: dict, **keys: object) -> None:
    shop.write("contracts/orders.yaml", yaml.safe_dump(document(*columns, table="orders", **keys)))


def rows(shop: Shop, *given: dict) -> None:
    shop.write("pipelines/orders.json", json.dumps(given))


def ids(shop: Shop) -> list[int]:
    return [row["id"] for row in shop.sbdk("query", "select id from raw.orders order by id", "--json").object]


def quarantined(shop: Shop) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for record in shop.sbdk("quarantine", "show", "--show-pii", "--json").object["records"]:
        found.setdefault(record["rule"], []).append(json.loads(record["raw_record"]))
    return found


def many(*bad: dict, count: int = 100) -> list[dict]:
    """`bad` rows and enough good ones, so that their share is small."""
    return [*({"id": 1000 + n, "amount": 1, "email": "a@b.de"} for n in range(count)), *bad]


def test_a_run_sets_bad_rows_aside_and_accounts_for_each(shop: Shop) -> None:
    bad = [{"id": None, "amount": 1}, {"id": 1, "amount": -1}, {"id": 2, "email": "no"}, {"id": 1000, "amount": 5}]
    rows(shop, *many(*bad))
    first = shop.dev()
    assert quarantined(shop) == {
        "id.required": [bad[0]], "amount.minimum": [bad[1]], "email.format": [bad[2]],
        "id.primaryKey": [{"id": 1000, "amount": 5, "email": None}],
    }  # fmt: skip
    assert len(ids(shop)) == 100
    outcome = first["contracts"]["orders"]
    assert (outcome["read"], outcome["loaded"], outcome["dropped"]) == (104, 100, 0)
    assert outcome["quarantined"] == {"id.required": 1, "amount.minimum": 1, "email.format": 1, "id.primaryKey": 1}
    rules = {each["rule"]: each for each in shop.sbdk("quarantine", "list", "--json").object["rules"]}
    assert {rule: each["records"] for rule, each in rules.items()} == outcome["quarantined"]
    shop.dev()  # the same source again: a replaced table has the same quarantine, not a doubled one
    assert sum(map(len, quarantined(shop).values())) == 4


def test_replay_takes_back_what_keeps_the_changed_contract(shop: Shop) -> None:
    shop.write("pipelines/orders.py", ORDERS.format(options="write_disposition='append'"))
    rows(shop, *many({"id": 1, "amount": -1}, {"id": 2, "amount": -9}))
    shop.dev()
    looser = {**COLUMNS[1], "logicalTypeOptions": {"minimum": -5}}
    contract(shop, COLUMNS[0], looser, COLUMNS[2])
    for released in (1, 0):  # twice is harmless
        answer = shop.sbdk("quarantine", "replay", "--json").object
        assert (answer["released"], answer["kept"]) == (released, 1)
    assert ids(shop)[0] == 1
    assert quarantined(shop) == {"amount.minimum": [{"id": 2, "amount": -9}]}
    assert shop.sbdk("query", "select * from doubled", "--json").object == [{"orders": 101}]


def test_replay_of_an_export_that_was_mended(shop: Shop) -> None:
    shop.write("pipelines/orders.py", ORDERS.format(options="write_disposition='append'"))
    rows(shop, *many({"id": 1, "amount": -1}, {"id": 2, "amount": -2}))
    shop.dev()
    mended = shop.path / "mended.jsonl"
    assert shop.sbdk("quarantine", "export", "--out", str(mended)).code == 0
    lines = [json.loads(line) for line in mended.read_text().splitlines()]
    (first,) = [line for line in lines if line["record"]["id"] == 1]
    first["record"]["amount"] = 7
    mended.write_text(json.dumps(first) + "\n")
    answer = shop.sbdk("quarantine", "replay", "--from", str(mended), "--json").object
    assert (answer["requested"], answer["mended"], answer["released"], answer["kept"]) == (1, 1, 1, 0)
    assert shop.sbdk("query", "select amount from raw.orders where id = 1", "--json").object == [{"amount": 7}]
    assert quarantined(shop) == {"amount.minimum": [{"id": 2, "amount": -2}]}
    mended.write_text("{}\n")
    refused = shop.sbdk("quarantine", "replay", "--from", str(mended))
    assert (refused.code, "line 1: no record of a quarantine" in refused.err) == (2, True)


def test_a_changed_contract_judges_the_table_that_is_there(shop: Shop) -> None:
    shop.write("pipelines/orders.py", ORDERS.format(options="write_disposition='append'"))
    rows(shop, *many({"id": 1, "amount": 50}))
    shop.dev()
    rows(shop)
    contract(shop, COLUMNS[0], {**COLUMNS[1], "logicalTypeOptions": {"maximum": 10}}, COLUMNS[2])
    shop.dev()
    assert 1 not in ids(shop)
    assert quarantined(shop) == {"amount.maximum": [{"id": 1, "amount": 50, "email": None}]}
    assert shop.sbdk("query", "select * from doubled", "--json").object == [{"orders": 100}]


def test_a_row_that_breaks_two_clauses_is_set_aside_and_counted_once(shop: Shop) -> None:
    shop.write("pipelines/orders.py", ORDERS.format(options="write_disposition='append'"))
    rows(shop, *many({"id": 1, "amount": 50, "email": "no"}))
    contract(shop, COLUMNS[0])
    shop.dev()
    rows(shop)
    contract(shop, COLUMNS[0], {**COLUMNS[1], "logicalTypeOptions": {"maximum": 10}}, COLUMNS[2])
    outcome = shop.dev()["contracts"]["orders"]
    assert sum(outcome["quarantined"].values()) == 1
    assert sum(map(len, quarantined(shop).values())) == 1


@pytest.mark.parametrize("limit", ["share", "rows", "settable"])
def test_too_many_bad_rows_stop_the_run_and_are_kept(limit: str, shop: Shop) -> None:
    bad = {"share": 6, "rows": 1001, "settable": 3}[limit]
    count = 100_000 if limit == "rows" else 100
    if limit == "settable":
        contract(shop, *COLUMNS, customProperties=custom("maxRejectedRows", 2))
    rows(shop, *many(*({"id": n, "amount": -1} for n in range(bad)), count=count))
    answer = shop.sbdk("dev", "--json")
    assert answer.code == 1
    error = answer.object["error"]
    assert f"orders: {bad:,} of {count + bad:,} rows break the contract" in error["message"]
    assert error["file"].endswith("contracts/orders.yaml")
    kept = Path(error["hint"].split(" are in ")[1].split(";")[0])
    assert len(kept.read_text().splitlines()) == bad
    assert not shop.published.exists()


def test_a_bad_cursor_value_does_not_move_the_cursor(shop: Shop) -> None:
    """A row of year 9999 and one without a value: set aside, and later rows still come."""
    shop.write("pipelines/orders.py", ORDERS.format(options="write_disposition='append'").replace(
        "def orders():", "def orders(at=dlt.sources.incremental('at')):"))  # fmt: skip
    at = {"name": "at", "logicalType": "timestamp", "required": True, "logicalTypeOptions": {"maximum": "2100-01-01"}}
    contract(shop, COLUMNS[0], at)
    rows(shop, *({"id": n, "at": f"2026-01-01T00:00:{n:02}"} for n in range(50)),
         {"id": 98, "at": "9999-12-31T00:00:00"}, {"id": 99, "at": None})  # fmt: skip
    shop.dev()
    rows(shop, {"id": 49, "at": "2026-01-01T00:00:49"}, {"id": 100, "at": "2026-01-02T00:00:00"})
    second = shop.dev()
    assert ids(shop) == [*range(50), 100]
    assert {rule: [row["id"] for row in found] for rule, found in quarantined(shop).items()} == {
        "at.maximum": [98], "at.required": [99],
    }  # fmt: skip
    outcome = second["contracts"]["orders"]
    assert (outcome["read"], outcome["loaded"], outcome["dropped"]) == (2, 1, 1)


def test_relationships_are_judged_when_both_tables_are_loaded(shop: Shop) -> None:
    shop.write(
        "pipelines/users.py",
        "import dlt\n\n@dlt.resource(write_disposition='replace')\ndef users():\n    yield [{'id': 1}]\n",
    )
    user = {"name": "user_id", "logicalType": "integer", "relationships": [{"to": "users.id"}]}
    contract(shop, COLUMNS[0], user)
    rows(shop, {"id": 1, "user_id": 1}, {"id": 2, "user_id": 2}, {"id": 3, "user_id": None})
    shop.dev()
    assert ids(shop) == [1, 3]
    assert quarantined(shop) == {"user_id.relationship": [{"id": 2, "user_id": 2}]}


@pytest.mark.parametrize(("action", "code"), [("fail", 1), ("warn", 0)])
def test_a_figure_of_the_table_stops_the_run_or_warns(action: str, code: int, shop: Shop) -> None:
    few = {"metric": "rowCount", "mustBeGreaterThan": 3, "customProperties": custom("action", action)}
    contract(shop, *COLUMNS, quality=[few])
    rows(shop, {"id": 1})
    answer = shop.sbdk("dev")
    assert answer.code == code
    assert "rowCount is more than 3, and it is 1" in answer.err


def test_personal_data_are_masked_where_they_are_shown(shop: Shop) -> None:
    rows(shop, *many({"id": 1, "email": "private.person"}))
    shop.dev()
    for words in (["quarantine", "show"], ["quarantine", "show", "--json"], ["quarantine", "list"]):
        assert "private.person" not in shop.sbdk(*words).out
    assert "private.person" in shop.sbdk("quarantine", "show", "--show-pii").out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"logicalType": "text"}, "orders.properties.id.logicalType: 'text' is not one of"),
        ({"logicalTypeOptions": {"minimun": 1}}, "minimun: the standard has no such key"),
        ({"customProperties": [{"property": "action", "value": "quarantin"}]}, "did you mean 'quarantine'?"),
    ],
)
def test_a_wrong_contract_is_refused_before_anything_is_written(change: dict, message: str, shop: Shop) -> None:
    rows(shop, {"id": 1})
    contract(shop, {**COLUMNS[0], **change})
    answer = shop.sbdk("dev")
    assert answer.code == 2
    assert "contracts/orders.yaml" in answer.err
    assert message in answer.err
