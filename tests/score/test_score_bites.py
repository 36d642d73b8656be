"""Each fault of a pipeline costs points, and the score names it: a perfect warehouse, broken in one place at a time."""

# ruff: noqa: E501

from __future__ import annotations

from functools import lru_cache

import pytest

from support.graded_shop import KEY, Day, broken

FACTS = "gold.denormalized_sales_facts"
CELLS = (
    "transaction_id, store_id, customer_id, product_id, event_time, quantity, unit_price, total_amount, "
    "payment_method, discount_applied, tax_amount"
)


@pytest.fixture(scope="module")
def day():
    return Day()


@pytest.fixture(scope="module")
def perfect(day):
    """The warehouse, with temporary tables that tell records apart, from the lines and their times alone."""
    with day.warehouse() as connection:
        for table in KEY:
            connection.register("emitted", day.emitted(table))
            key, time = KEY[table], "event_time" if table == "sales" else "last_update_time"
            connection.execute(
                f"""create temp table lines_{table} as select position, emitted_at, bucket,
                  case when json_valid(record) then try_cast(record->>'{key}' as bigint) end as key,
                  case when json_valid(record) then try_cast(record->>'{time}' as timestamp) end as time, record
                from emitted"""
            )
        connection.execute(MARKS)
        yield connection


MARKS = """
create temp table twice as select key from lines_sales where bucket = 'duplicate';
create temp table twice_stores as select key, time from lines_stores where bucket = 'duplicate';
create temp table first_products as select key, time, min(position) as position from lines_products
  where bucket <> 'quarantined' group by all;
create temp table orphans as select distinct s.key from lines_sales s
  left join (select key, min(emitted_at) as known from lines_stores where bucket <> 'quarantined' group by key) a
    on a.key = try_cast(s.record->>'store_id' as bigint)
  left join (select key, min(emitted_at) as known from lines_customers where bucket <> 'quarantined' group by key) b
    on b.key = try_cast(s.record->>'customer_id' as bigint)
  left join (select key, min(emitted_at) as known from lines_products where bucket <> 'quarantined' group by key) c
    on c.key = try_cast(s.record->>'product_id' as bigint)
  where s.bucket in ('loaded', 'held') and (s.emitted_at < a.known or s.emitted_at < b.known or s.emitted_at < c.known);
"""


def _moved(source: str, where: str) -> str:
    """Records from elsewhere into sales and gold, where the SQL `where` says which."""
    return f"""insert into silver.sales_transactions by name select {CELLS} from {source} where {where};
    insert into {FACTS} by name select {CELLS} from {source} where {where};"""


PARSED = """(select try_cast(raw_record->>'transaction_id' as bigint) as transaction_id, rule, source_position
  from quarantine.sales where json_valid(raw_record))"""
BREAKS = {
    "returns are dropped": (
        f"delete from {FACTS} where quantity < 0; delete from silver.returns_transactions",
        ("sales", "return"),
    ),
    "returns are taken for sales": (
        f"insert into silver.sales_transactions by name select {CELLS} from {FACTS} where quantity < 0; "
        "delete from silver.returns_transactions",
        ("sales", "return"),
    ),
    "returned quantities stay negative": (
        "update silver.returns_transactions set returned_quantity = -returned_quantity",
        ("sales", "return"),
    ),
    "every sale is a return": (
        "insert into silver.returns_transactions by name "
        "select transaction_id, quantity as returned_quantity from silver.sales_transactions",
        ("sales", "return"),
    ),
    "negative discounts are kept": (
        f"""insert into silver.sales_transactions by name select transaction_id from {PARSED} where rule = 'negative_discount';
        insert into {FACTS} by name select transaction_id from {PARSED} where rule = 'negative_discount';
        delete from quarantine.sales where rule = 'negative_discount'""",
        ("sales", "negative_discount"),
    ),
    "second deliveries are kept": (
        f"""insert into silver.sales_transactions from silver.sales_transactions where transaction_id in
          (select key from twice); insert into {FACTS} from {FACTS} where transaction_id in (select key from twice);
        insert into silver.returns_transactions from silver.returns_transactions
          where transaction_id in (select key from twice)""",
        ("sales", "duplicate"),
    ),
    "both deliveries are dropped": (
        f"""delete from silver.sales_transactions where transaction_id in (select key from twice);
        delete from silver.returns_transactions where transaction_id in (select key from twice);
        delete from {FACTS} where transaction_id in (select key from twice)""",
        ("sales", "duplicate"),
    ),
    "a version stands twice": (
        "insert into silver.stores from silver.stores where (store_id, valid_from) in (select key, time from twice_stores)",
        ("stores", "duplicate"),
    ),
    "late sales are in gold": (
        _moved("silver.late_sales", "true") + "delete from silver.late_sales",
        ("sales", "late"),
    ),
    "sound sales are called late": (
        f"insert into silver.late_sales by name select {CELLS} from {FACTS} using sample 300 rows (reservoir, 1)",
        ("sales", "late"),
    ),
    "orphans are dropped": (
        f"""delete from silver.held_sales; delete from silver.sales_transactions where transaction_id in (select key from orphans);
        delete from silver.returns_transactions where transaction_id in (select key from orphans);
        delete from {FACTS} where transaction_id in (select key from orphans)""",
        ("sales", "orphan"),
    ),
    "orphans are never resolved": (
        f"""insert into silver.held_sales by name select transaction_id from {FACTS} where transaction_id in (select key from orphans);
        delete from silver.sales_transactions where transaction_id in (select key from orphans);
        delete from silver.returns_transactions where transaction_id in (select key from orphans);
        delete from {FACTS} where transaction_id in (select key from orphans)""",
        ("sales", "orphan"),
    ),
    "malformed sales are lost": ("delete from quarantine.sales where rule = 'malformed'", ("sales", "malformed")),
    "malformed products are lost": ("delete from quarantine.products", ("products", "malformed")),
    "everything odd is called malformed": (
        "update quarantine.sales set rule = 'malformed'",
        ("sales", "negative_discount"),
    ),
    "e-mail stays empty": ("update silver.customers set email = null where email = 'Unknown'", ("customers", "missing_email")),
    "e-mail is invented": (
        "update silver.customers set email = 'info@example.com' where email = 'Unknown'",
        ("customers", "missing_email"),
    ),
    "stores without a manager are dropped": (
        "delete from silver.stores where manager = 'Unknown'",
        ("stores", "missing_manager"),
    ),
    "what comes behind the highest time is dropped": (
        """delete from silver.stores where (store_id, valid_from) in (
          select key, time from (select *, max(time) over (order by position rows between unbounded preceding and 1 preceding)
            as highest from lines_stores where bucket <> 'quarantined') where time < highest)""",
        ("stores", "out_of_order"),
    ),
    "a history in the order of arrival": (
        """create temp table arrived as select v.* exclude (valid_to),
          lead(valid_from) over (partition by product_id order by position) as valid_to
        from silver.products v join first_products on product_id = key and valid_from = time;
        delete from silver.products; insert into silver.products by name from arrived""",
        ("products", "out_of_order"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def card_of(day, perfect):
    """The card after a fault of BREAKS."""
    return lru_cache(None)(lambda fault: broken(day, perfect, BREAKS[fault][0]))


@pytest.mark.parametrize("fault", BREAKS)
def test_the_worst_defect_is_the_one_that_was_broken(card_of, fault):
    named, card = BREAKS[fault][1], card_of(fault)
    worst = min(card.defects, key=lambda one: one.quality)
    assert (worst.table, worst.defect) == named, [(f.points, f.where, f.text) for f in card.findings()]
    assert worst.quality < 0.95
    assert card.score < 99
    table, defect = named
    assert any(finding.table == table and finding.text.startswith(f"{defect}: ") for finding in card.findings())


def test_the_cause_of_a_history_in_the_order_of_arrival_is_named(card_of):
    card = card_of("a history in the order of arrival")
    (one,) = [one for one in card.findings() if one.table == "silver.products"]
    assert (one.column, one.cause) == ("valid_to", "ordered by arrival, not by time")


@pytest.mark.parametrize("fault", BREAKS)
def test_nothing_else_is_blamed(card_of, fault):
    """Defects of other tables stay without fault."""
    table, _ = BREAKS[fault][1]
    others = [one for one in card_of(fault).defects if one.table != table]
    assert {one.quality for one in others} == {1.0}


def test_precision_and_recall_are_the_shares_that_they_claim_to_be(day, perfect):
    """30 late sales forgotten, 12 sound ones called late."""
    late = len(day.in_bucket("sales", "late"))
    card = broken(
        day,
        perfect,
        "delete from silver.late_sales where transaction_id in (select transaction_id from silver.late_sales limit 30);"
        f"insert into silver.late_sales by name select transaction_id from {FACTS} limit 12",
    )
    one = next(one for one in card.defects if one.defect == "late")
    hits = late - 30
    assert (one.planted, one.found) == (late, hits + 12)
    assert one.recall == hits / late
    assert one.precision == hits / (hits + 12)
    assert one.f1 == pytest.approx(2 * hits / (2 * hits + 12 + 30))


def test_leakage_counts_rows_in_gold(day, perfect):
    late = len(day.in_bucket("sales", "late"))
    card = broken(day, perfect, f"insert into {FACTS} by name select {CELLS} from silver.late_sales")
    assert card.leaked == {"late": late}
    assert card.as_dict()["leakage"] == late
    twice = broken(day, perfect, f"insert into {FACTS} from {FACTS} limit 7")
    assert twice.leakage == 7
    invented = broken(day, perfect, f"insert into {FACTS}(transaction_id) values (-1), (-2), (null)")
    assert invented.leaked == {"nowhere": 3}


def test_sound_records_in_quarantine_are_counted(day, perfect):
    loaded = [str(at) for at, _ in day.in_bucket("sales", "loaded")[:9]]
    values = ", ".join(f"({at}, 'odd', 'x')" for at in loaded)
    card = broken(day, perfect, f"insert into quarantine.sales(source_position, rule, raw_record) values {values}")
    assert card.false_quarantine == 9
    assert not next(one for one in card.conservation if one.table == "sales").holds


def test_the_first_wrong_version_is_named(day, perfect):
    versions = [(a, record, b) for record, a, b in day.fold.scd2["customers"] if b is not None]
    begin, record, end = min(versions[len(versions) // 3 :], key=lambda one: (one[0], one[1]["customer_id"]))
    later = begin.isoformat()
    card = broken(
        day,
        perfect,
        f"""update silver.customers set valid_to = valid_to + interval 1 second, loyalty_points = -5
          where customer_id = {record["customer_id"]} and valid_from = '{later}';
        delete from silver.customers where valid_from > '{later}'""",
    )
    history = next(one for one in card.scd2 if one.table == "customers")
    after = sum(1 for _, a, _ in day.fold.scd2["customers"] if a > begin)
    assert history.as_dict()["wrong"] == after + 1
    first = history.first_wrong
    assert first is not None
    assert (first["key"], first["sequence"]) == (record["customer_id"], later)
    assert first["expected"] == {"valid_to": str(end), "loyalty_points": str(record["loyalty_points"])}
    assert first["found"]["loyalty_points"] == "-5"


def test_a_missing_and_an_invented_version_are_wrong(day, perfect):
    card = broken(
        day,
        perfect,
        "delete from silver.stores where store_id = 2; insert into silver.stores(store_id, valid_from) values (-7, '2020-01-01')",
    )
    history = next(one for one in card.scd2 if one.table == "stores")
    assert history.wrong == sum(1 for record, *_ in day.fold.scd2["stores"] if record["store_id"] == 2) + 1
    assert history.first_wrong is not None
    assert history.first_wrong["key"] == -7
    assert history.first_wrong["expected"] is None


def test_windows_of_another_width_or_place_are_wrong(day, perfect):
    table = "gold.sales_by_store_window"
    card = broken(day, perfect, f"update {table} set window_start = window_start + interval 5 minutes")
    assert card.windows is not None
    assert card.windows.wrong == len(day.fold.windows)
    first = min(day.fold.windows, key=lambda window: (window[1], window[0]))
    wrong = card.windows.first_wrong
    assert wrong is not None
    assert (wrong["key"], wrong["sequence"]) == (first[0], first[1].isoformat())
    (finding,) = card.findings()
    assert (finding.where, finding.cause) == (f"{table}.window_start", "shifted: exactly 5 minutes later")
    assert finding.points > 3
    store = broken(day, perfect, f"update {table} set sales_amount = sales_amount + 0.01 where store_id = 3").windows
    assert store is not None
    assert store.wrong == sum(1 for key, _ in day.fold.windows if key == 3)


def test_lost_records_break_the_law(day, perfect):
    gone = "(select transaction_id from silver.sales_transactions order by 1 limit 11)"
    card = broken(
        day,
        perfect,
        f"""create temp table gone as {gone}; delete from {FACTS} where transaction_id in (from gone);
        delete from silver.sales_transactions where transaction_id in (from gone)""",
    )
    law = next(one for one in card.conservation if one.table == "sales")
    assert law.lost == 11
    assert not law.holds
    assert law.received == law.lost + sum(law.found.values())
