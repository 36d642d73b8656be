"""Wrong pipelines: docs/examples/plain_retail.py with one rule of docs/retail.md changed, as text."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from support.snippets import ROOT

EXAMPLE = ROOT / "docs/examples/plain_retail.py"
MORE = """
create or replace table shop.all_sales as
  select k.transaction_id, k.store_id, k.customer_id, k.product_id, k.event_time, k.quantity, k.total_amount,
    s.status as store_status, s.manager as store_manager, c.loyalty_points as customer_loyalty_points,
    p.price as product_price, k.store_since as store_version, k.customer_since as customer_version,
    k.product_since as product_version
  from staging.known k
  left join shop.stores_history s on s.store_id = k.store_id and s.since = k.store_since
  left join shop.customers_history c on c.customer_id = k.customer_id and c.since = k.customer_since
  left join shop.products_history p on p.product_id = k.product_id and p.since = k.product_since;
create table shop.by_day as
  select store_id, cast(event_time as date) as day, count(*) filter (quantity >= 0) as sales,
    count(distinct customer_id) as customers, sum(total_amount) as net_amount
  from staging.known group by all;
"""
"""What the example leaves out: facts with columns of the dimensions, and sums by day."""
TABLES = {
    "customers": "shop.customers_history",
    "products": "shop.products_history",
    "stores": "shop.stores_history",
    "sales": "shop.sold",
    "returns": "shop.returned",
    "late_sales": "shop.too_late",
    "held_sales": "shop.waiting",
    "facts": "shop.all_sales",
    "windows": "shop.ten_minutes",
    "daily_sales": "shop.by_day",
    **{f"quarantine_{stream}": f"shop.rejected_{stream}" for stream in ("customers", "products", "stores", "sales")},
}
_HISTORY = {"valid_from": "since", "valid_to": "until", "last_update_time": "since"}
_REJECTED = {"raw_record": "line", "rule": "why"}
COLUMNS = {
    **dict.fromkeys(("customers", "products", "stores"), _HISTORY),
    "returns": {"transaction_id": "sale", "returned_quantity": "pieces"},
    "windows": {"window_start": "starts"},
    **{name: _REJECTED for name in TABLES if name.startswith("quarantine_")},
}
SETTINGS = {
    "tables": TABLES,
    "columns": COLUMNS,
    "rules": {"unreadable": "malformed", "discount below zero": "negative_discount"},
}

_JOIN = "watched.event_time >= {}.since"
Change = tuple[str, str]
RULES: dict[str, list[Change]] = {
    "the version valid at `event_time` | the current version": [
        (_JOIN.format(name), f"{name}.until is null") for name in "scp"
    ]
    + [("asof left join", "left join")],
    "`valid_from` is within the validity | a version begins after it": [
        (_JOIN.format(name), f"watched.event_time > {name}.since") for name in "scp"
    ],
    "`event_time` to the microsecond | cut to the minute before the join": [
        (_JOIN.format(name), f"date_trunc('minute', watched.event_time) >= {name}.since") for name in "scp"
    ],
    "history in the order of `last_update_time` | in the order of arrival": [
        (
            "lead(last_update_time) over (partition by {key} order by last_update_time) as until\n"
            "from (select distinct {cells} from staging.{stream} where why is null)",
            "lead(last_update_time) over (partition by {key} order by arrival) as until\n"
            "from (select {cells}, min(arrival) as arrival from staging.{stream} where why is null group by all)",
        ),
        ("select * exclude (last_update_time)", "select * exclude (last_update_time, arrival)"),
    ],
    "history in the order of `last_update_time` | versions older than the newest are dropped": [
        (
            "from (select distinct {cells} from staging.{stream} where why is null)",
            "from (select distinct {cells} from (select *, max(last_update_time) filter (why is null) over "
            "(partition by {key} order by arrival rows between unbounded preceding and 1 preceding) as newest "
            "from staging.{stream}) where why is null and coalesce(last_update_time >= newest, true))",
        )
    ],
    "watermark of ten minutes | five": [("interval 10 minutes as watermark", "interval 5 minutes as watermark")],
    "watermark of ten minutes | nine": [("interval 10 minutes as watermark", "interval 9 minutes as watermark")],
    "watermark of ten minutes | twenty": [("interval 10 minutes as watermark", "interval 20 minutes as watermark")],
    "watermark of ten minutes | none": [("interval 10 minutes as watermark", "interval 10 days as watermark")],
    "windows are [start, end) | (start, end]": [
        ("time_bucket(interval 10 minutes, event_time) as starts",
         "time_bucket(interval 10 minutes, event_time - interval 1 microsecond) as starts")
    ],
    "windows count from midnight | from the first sale": [
        ("time_bucket(interval 10 minutes, event_time) as starts",
         "time_bucket(interval 10 minutes, event_time, (select min(event_time) from staging.sales)"
         " + interval 1 second) as starts")
    ],
    "a day is one of UTC | one of the stores' clock": [
        ("cast(event_time as date) as day", "cast(event_time - interval 6 hours as date) as day")
    ],
    "a duplicate is kept once | twice": [("where why is null and delivery = 1;", "where why is null;")],
    "a return is no sale | counted as one": [("where quantity >= 0), {no_pieces}", "where true), {no_pieces}")],
    "a negative discount is set aside | loaded": [
        (" when discount_applied < 0 then 'discount below zero'", "")
    ],
    "an orphan waits and is loaded when its dimension comes | dropped": [
        ("create view staging.in_time as select * from staging.placed where",
         "create view staging.in_time as select * from staging.placed where store_since is not null and "
         "customer_since is not null and product_since is not null and")
    ],
    "what was not given is Unknown | null": [("NOT_GIVEN = \"'Unknown'\"", 'NOT_GIVEN = "null"')],
    "what is malformed is set aside | dropped": [
        ("as select line, why from staging.{stream} where why is not null",
         "as select line, why from staging.{stream} where why = 'discount below zero'")
    ],
}  # fmt: skip
"""By "rule | what the wrong pipeline does instead": the changed pieces of text."""


def right_program() -> str:
    """The example with what the page repairs, and with more tables."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"^NOT_GIVEN = .*$", "NOT_GIVEN = \"'Unknown'\"", text, flags=re.MULTILINE)
    text = re.sub(r"^NO_PIECES = .*$", 'NO_PIECES = "0"', text, flags=re.MULTILINE)
    sums = "from staging.known group by all;\n"
    assert text.count(sums) == 1
    return text.replace(sums, sums + MORE)


def changed(program: str, changes: list[Change]) -> str:
    """The program with every piece replaced; each must be there."""
    for old, new in changes:
        assert old in program, old
        program = program.replace(old, new)
    return program


def run(program: str, landing: Path, database: Path) -> duckdb.DuckDBPyConnection:
    """Runs the program over a landing folder; the database, open."""
    names: dict[str, object] = {"__name__": "pipeline"}
    exec(compile(program, "plain_retail.py", "exec"), names)
    names["main"](str(landing), str(database))
    return duckdb.connect(str(database))
