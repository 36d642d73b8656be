"""The right content of every asked table, from the answer key: SQL over the emitted sales and the exact histories.

The relations: sales (position, bucket, readable, and the delivered columns, clean, of every record),
history_<dimension>, records_<stream> and defects as `grade` takes them, and files (stream, first, stop, name: which
landing file holds first ≤ position < stop; of some streams none).
"""

# ruff: noqa: S608 — names are constants

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from sbdk.datasets.retail.grading.asked_tables import BY_ROLE
from sbdk.targets.base import Connection
from sbdk.targets.sessions import scratch

DIMENSIONS = {"stores": "store", "customers": "customer", "products": "product"}
OF_DIMENSION = {
    "store": ("name", "address", "manager", "status"),
    "customer": ("name", "email", "address", "loyalty_points", "age", "gender", "join_date"),
    "product": ("name", "category", "brand", "price", "size", "color"),
}
"""The columns of each dimension in the facts, where they are named <dimension>_<column>."""
WATERMARK = "interval 10 minutes"

_MATCHED = f"""
create temp table matched as
select s.*, stores.valid_from as store_version, customers.valid_from as customer_version,
  products.valid_from as product_version,
  {", ".join(f"{name}s.{column} as {name}_{column}" for name, columns in OF_DIMENSION.items() for column in columns)}
from (
  select sales.* exclude (position), sales.position as source_position,
    case when sales.position < f.stop then f.name end as source_file,
    max(case when readable then event_time end)
      over (order by sales.position rows between unbounded preceding and 1 preceding) - {WATERMARK} as watermark
  from sales asof left join (from files where stream = 'sales') f on sales.position >= f.first
) s
asof left join history_stores stores on s.store_id = stores.store_id and s.event_time >= stores.valid_from
asof left join history_customers customers on s.customer_id = customers.customer_id
  and s.event_time >= customers.valid_from
asof left join history_products products on s.product_id = products.product_id and s.event_time >= products.valid_from
where s.bucket in ('loaded', 'held', 'late')
"""

_WAITS = "concat_ws(', ', {})".format(
    ", ".join(f"case when {name}_version is null then '{name}' end" for name in DIMENSIONS.values())
)
SUMS = """count(*) filter (not is_return) as sales,
  coalesce(sum(quantity) filter (not is_return), 0)::bigint as quantity,
  coalesce(sum(total_amount) filter (not is_return), 0) as sales_amount,
  count(*) filter (is_return) as returns,
  coalesce(-sum(quantity) filter (is_return), 0)::bigint as returned_quantity,
  coalesce(-sum(total_amount) filter (is_return), 0) as returned_amount,
  sum(total_amount) as net_amount"""

SUMMED = {
    "daily_sales": f"""select store_id, date_trunc('day', event_time)::timestamp as day, {SUMS},
      count(distinct customer_id) as customers, sum(tax_amount) as tax_amount,
      coalesce(sum(discount_applied) filter (not is_return), 0) as discount_amount
    from {{facts}} group by 1, 2""",
    "windows": f"""select store_id, time_bucket(interval 10 minutes, event_time) as window_start,
      time_bucket(interval 10 minutes, event_time) + interval 10 minutes as window_end, {SUMS}
    from {{facts}} group by 1, 2, 3""",
    "product_performance": f"""select p.product_id, p.name, p.category, p.brand, p.price, p.stock_quantity,
      coalesce(sales, 0) as sales, coalesce(quantity, 0) as quantity, coalesce(sales_amount, 0) as sales_amount,
      coalesce(returns, 0) as returns, coalesce(returned_quantity, 0) as returned_quantity,
      coalesce(returned_amount, 0) as returned_amount, coalesce(net_amount, 0) as net_amount,
      coalesce(stores, 0) as stores, last_sold_at, returned_quantity::double / nullif(quantity, 0) as return_rate
    from (from {{products}} where valid_to is null) p left join (
      select product_id, {SUMS}, count(distinct store_id) as stores, max(event_time) as last_sold_at
      from {{facts}} group by 1
    ) using (product_id)""",
    "customer_lifetime_value": f"""select c.customer_id, c.name, c.email, c.join_date, c.loyalty_points,
      coalesce(sales, 0) as sales, coalesce(quantity, 0) as quantity, coalesce(sales_amount, 0) as sales_amount,
      coalesce(returns, 0) as returns, coalesce(returned_amount, 0) as returned_amount,
      coalesce(net_amount, 0) as lifetime_value, first_purchase_at, last_purchase_at,
      sales_amount::double / nullif(sales, 0) as average_sale
    from (from {{customers}} where valid_to is null) c left join (
      select customer_id, {SUMS}, min(event_time) as first_purchase_at, max(event_time) as last_purchase_at
      from {{facts}} group by 1
    ) using (customer_id)""",
}
"""The tables that are summed from the facts: SQL with placeholders for the facts and for the histories."""

_RIGHT = {
    "sales": "from matched where bucket = 'loaded' and quantity >= 0",
    "returns": """select *, -quantity as returned_quantity, -total_amount as returned_amount,
      -tax_amount as returned_tax from matched where bucket = 'loaded' and quantity < 0""",
    "late_sales": "from matched where bucket = 'late'",
    "held_sales": f"select *, {_WAITS} as waits_for from matched where bucket = 'held'",
    "facts": "select *, quantity < 0 as is_return from matched where bucket = 'loaded'",
}
FACTS = "(select *, quantity < 0 as is_return from matched where bucket = 'loaded')"


_QUARANTINE = """
select r.position as source_position, trim(r.record, e' \\r\\n') as raw_record, r.key, r.time,
  case when bool_or(d.defect in ('malformed', 'schema_drift')) then 'malformed|schema_drift|' else '' end
    || coalesce(string_agg(distinct d.defect, '|') filter (d.defect like 'negative%'), '') as rule,
  coalesce(max(substr(d.defect, 10)) filter (d.defect like 'negative%'), max(d."column") filter (d.kind in
    ('wrong_type', 'missing_column', 'out_of_range', 'column_vanishes'))) as reason,
  case when r.position < any_value(f.stop) then any_value(f.name) end as source_file
from records_{stream} r left join defects d on d."table" = '{stream}' and d.position = r.position
asof left join (from files where stream = '{stream}') f on r.position >= f.first
where r.bucket = 'quarantined' group by r.position, r.record, r.key, r.time
"""
_ARRIVED = """
select h.*, lead(valid_from) over (partition by {name}_id order by position) as arrival_to
from history_{stream} h
left join (from records_{stream} where bucket = 'loaded') on {name}_id = key and valid_from = time
"""


def expected_tables(truth: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """expected_<role> of every asked table, with its key and columns. truth: the relations above.

    More columns: of a history arrival_to, the end of the version in a history that is ordered by arrival; of a
    quarantine key and time of the record. rule: the defects that the record has, each followed or separated by a bar.
    reason: a word that a reason contains. source_file: the file's name, null where that is not known.
    """
    with scratch() as session:
        for name, table in truth.items():
            session.register(name, table)
        session.execute(_MATCHED)
        queries = dict(_RIGHT)
        for stream, name in DIMENSIONS.items():
            queries[stream] = _ARRIVED.format(stream=stream, name=name)
            queries[f"{stream}_current"] = f"from history_{stream} where valid_to is null"
        for stream in (*DIMENSIONS, "sales"):
            queries[f"quarantine_{stream}"] = _QUARANTINE.format(stream=stream)
        names = {"facts": FACTS, "products": "history_products", "customers": "history_customers"}
        queries.update({role: sql.format(**names) for role, sql in SUMMED.items()})
        return {f"expected_{role}": _columns(session, role, sql) for role, sql in queries.items()}


def _columns(session: Connection, role: str, sql: str) -> pa.Table:
    more = ["arrival_to"] if role in DIMENSIONS else ["key", "time"] if role.startswith("quarantine") else []
    return session.query(f"select {', '.join([*(c.name for c in BY_ROLE[role].all_columns), *more])} from ({sql})")
