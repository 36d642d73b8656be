"""The same landing files in many small runs, with bad ones among them, then judged again: always the same tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.retail_shop import STREAMS, Apparel

TABLES = {
    **{f"silver.{name}": "*" for name in ("stores", "customers", "products", "held_sales", "late_sales")},
    **{f"silver.{stream}_ledger": "* exclude (run_id, judged_at, replay)" for stream in STREAMS},
    **{f"bronze.{stream}": "* exclude (run_id, ingest_timestamp, replay)" for stream in STREAMS},
    **{f"quarantine.{stream}": "* exclude (run_id, quarantined_at)" for stream in STREAMS},
    **{f"silver.{name}": "*" for name in ("sales_transactions", "returns_transactions", "conservation")},
    "silver.sales_matched": "* exclude (seen)",
    "gold.denormalized_sales_facts": "*",
    "gold.sales_by_store_window": "*",
    "gold.daily_sales_by_store": "*",
    "gold.product_performance": "*",
    "gold.customer_lifetime_value": "*",
}
"""What must not depend on portions: everything but who read a record when, and how often it was judged."""
SALE = (
    '{"transaction_id":%s,"store_id":1,"customer_id":1,"product_id":1,"event_time":"2026-01-01T23:59:00",'
    '"quantity":1,"unit_price":%s,"total_amount":10.00,"payment_method":"cash","discount_applied":0,"tax_amount":0.80}'
)
GOOD = (SALE % (900_001, "10.00")).encode()
BAD = {
    "no JSON": GOOD[:70],
    "not UTF-8": GOOD.replace(b"cash", b"c\xe9sh"),
    "NUL": GOOD.replace(b"cash", b"c\0sh"),
    "longer than": b'{"transaction_id":"' + b"x" * (2 << 20) + b'"}',
    "twice": GOOD.replace(b'"store_id"', b'"product_id":1,"store_id"'),
    "unit_price is no DECIMAL": (SALE % (900_002, "NaN")).encode(),
    "transaction_id is missing": GOOD.replace(b"transaction_id", b"transaction"),
    "transaction_id is null": (SALE % ("null", "10.00")).encode(),
    "transaction_id is no BIGINT": (SALE % ("1.5", "10.00")).encode(),
    "event_time is no TIMESTAMP": GOOD.replace(b"2026-01-01", b"9999-01-01"),
    "no JSON object": b"[1, 2]",
}
"""A piece of the reason, and the line."""


@pytest.fixture(scope="module")
def whole(apparel: Apparel) -> Apparel:
    """All in one run, as the streams write it."""
    return apparel


@pytest.fixture(scope="module")
def portions(whole: Apparel, tmp_path_factory: pytest.TempPathFactory) -> Apparel:
    """The same files, which arrive in three runs; sales run ahead of the dimensions they refer to."""
    made = Apparel.make(tmp_path_factory.mktemp("retail") / "portions", datasets=[])
    for sales, others in ((slice(0, 2), slice(0, 1)), (slice(2, 4), slice(1, 3)), (slice(4, None), slice(3, None))):
        made.take_landing(whole, "sales", sales.start, sales.stop)
        for stream in ("stores", "customers", "products"):
            made.take_landing(whole, stream, others.start, others.stop)
        assert made.sbdk("dev")["status"] == "success"
    return made


def contents(shop: Apparel) -> dict[str, list[tuple[Any, ...]]]:
    return {name: shop.rows(f"select {columns} from {name} order by all") for name, columns in TABLES.items()}


@pytest.fixture(scope="module")
def before(whole: Apparel) -> dict[str, list[tuple[Any, ...]]]:
    return contents(whole)


def test_three_runs_make_the_tables_of_one(portions: Apparel, before: dict[str, list[tuple[Any, ...]]]) -> None:
    found = contents(portions)
    assert {name for name in TABLES if found[name] != before[name]} == set()
    assert all(before[name] for name in TABLES)


def test_each_run_recorded_what_it_judged(portions: Apparel) -> None:
    told = portions.rows(
        "select count(distinct run_id), sum(judged) from quarantine.rule_results where rule = 'malformed'"
    )
    assert told == [(3, sum(1 for stream in STREAMS for _ in portions.lines(stream)))]


@pytest.fixture(scope="module")
def hurt(portions: Apparel, before: dict[str, list[tuple[Any, ...]]]) -> Iterator[Apparel]:
    """The same project after bad files came."""
    folder = portions.path / "landing" / "sales"
    (folder / "zz-bad.jsonl").write_bytes(b"\r\n\n".join(BAD.values()) + b"\n")
    (folder / "zz-empty.jsonl").touch()
    (folder / "zz-truncated.jsonl").write_bytes(GOOD + b"\n" + GOOD[:-9])
    (portions.path / "landing" / "stores" / "zz-utf16.jsonl").write_bytes('{"store_id":1}\n'.encode("utf-16"))
    assert portions.sbdk("dev")["status"] == "success"
    return portions


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_line_is_in_quarantine_with_its_place(hurt: Apparel, reason: str) -> None:
    position = 2 * list(BAD).index(reason)
    [(rule, told, record)] = hurt.rows(
        "select rule, reason, raw_record from quarantine.sales"
        f" where source_file = 'landing/sales/zz-bad.jsonl' and source_position = {position}"
    )
    assert rule == "malformed"
    assert reason in told
    assert record[:18].encode() == BAD[reason][:18]


def test_a_good_line_beside_a_truncated_one_is_loaded(hurt: Apparel) -> None:
    assert hurt.rows("select count(*) from silver.sales_transactions where transaction_id = 900001") == [(1,)]
    found = hurt.rows("select reason from quarantine.sales where source_file like '%truncated%'")
    assert found == [("no JSON",)]


def test_another_encoding_does_not_break_the_load(hurt: Apparel) -> None:
    found = hurt.rows("select reason from quarantine.stores where source_file like '%utf16%' order by received")
    assert len(found) == 2
    assert hurt.sbdk("dev")["status"] == "up_to_date"


def test_replay_releases_what_a_mended_rule_and_mended_data_allow(hurt: Apparel) -> None:
    counts = {(each["stream"], each["rule"]): each["records"] for each in hurt.sbdk("quarantine", "list")["rules"]}
    negative = hurt.sbdk("quarantine", "show", "--rule", "negative_discount", "--limit", "100000")["records"]
    assert len(negative) == counts["sales", "negative_discount"] > 50
    small = [r for r in negative if json.loads(r["raw_record"])["discount_applied"] >= -3]
    _mend_rule(hurt.path)
    told = hurt.sbdk("quarantine", "replay", "--rule", "negative_discount")
    assert (told["requested"], told["mended"]) == (len(negative), 0)
    assert told["released"] == len(small) > 0
    _mend_file(hurt.path / "landing" / "sales" / "zz-bad.jsonl")
    told = hurt.sbdk("quarantine", "replay", "--stream", "sales", "--rule", "malformed")
    assert (told["mended"], told["released"]) == (1, 1)
    assert hurt.rows("select count(*) from silver.sales_transactions where transaction_id = 900002") == [(1,)]


def test_replaying_again_changes_nothing_nor_does_starting_over(hurt: Apparel) -> None:
    first = contents(hurt)
    told = hurt.sbdk("quarantine", "replay", "--rule", "negative_discount")
    assert (told["released"], told["requested"]) == (0, told["kept"])
    assert contents(hurt) == first
    assert hurt.sbdk("dev", "--full-refresh")["status"] == "success"
    assert contents(hurt) == first


def test_a_rule_that_nobody_declared_is_an_error(hurt: Apparel) -> None:
    told = hurt.sbdk("quarantine", "replay", "--rule", "negativ_discount", fails=True)
    assert "negative_discount" in told["error"]["hint"]


def test_a_flood_of_bad_records_stops_the_run(hurt: Apparel) -> None:
    first = contents(hurt)
    flood = hurt.path / "landing" / "products" / "zz-flood.jsonl"
    flood.write_bytes(b"not a product\n" * 500)
    told = hurt.sbdk("dev", fails=True)
    assert "quarantine_is_small" in told["error"]["message"]
    flood.unlink()
    assert contents(hurt) == first


def _mend_rule(project: Path) -> None:
    file = project / "dbt" / "models" / "silver" / "ledgers" / "ledgers.yml"
    old = 'version: 1, action: quarantine, condition: "discount_applied >= 0"'
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, old.replace("1,", "2,").replace(">= 0", ">= -3")))


def _mend_file(file: Path) -> None:
    assert b"NaN" in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(b"NaN", b"10.00"))
