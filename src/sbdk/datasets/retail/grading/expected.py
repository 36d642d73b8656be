"""The right content of every asked table, from the answer key: SQL over the emitted sales and the exact histories.

The relations, each as `truth` names it: sales (position, bucket, readable, and the delivered columns, clean, of every
record), history_<dimension>, records_<stream> and defects as `grade` takes them, and files (stream, first, stop, name:
which landing file holds first ≤ position < stop; of some streams none).
"""

# ruff: noqa: S608 — names are constants

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from sbdk.datasets.retail.grading.asked_tables import ASKED, BY_ROLE
from sbdk.score.session import PREFIX, ScoreSession, truth
from sbdk.targets.sessions import scratch

DIMENSIONS = {"stores": "store", "customers": "customer", "products": "product"}
OF_DIMENSION = {
    "store": ("name", "address", "manager", "status"),
    "customer": ("name", "email", "address", "loyalty_points", "age", "gender", "join_date"),
    "product": ("name", "category", "brand", "price", "size", "color"),
}
"""The columns of each dimension in the facts, where they are named <dimension>_<column>."""
WATERMARK = "interval 10 minutes"
_T = truth("")
_MATCHED = f"{PREFIX}matched"

_VALID = f"""left join {_T}history_{{stream}} {{stream}} on s.{{name}}_id = {{stream}}.{{name}}_id
  and s.event_time >= {{stream}}.valid_from and ({{stream}}.valid_to is null or s.event_time < {{stream}}.valid_to)"""
_MATCHING = f"""
with lines as (
  select position, case when position < f.stop then f.name end as source_file
  from (select position from {_T}sales) asof left join (from {_T}files where stream = 'sales') f on position >= f.first
), late as (
  select position, watermark from (
    select position, bucket, max(case when readable then event_time end)
      over (order by position rows between unbounded preceding and 1 preceding) - {WATERMARK} as watermark
    from {_T}sales
  ) where bucket = 'late'
)
select s.* exclude (position), s.position as source_position, lines.source_file, late.watermark,
  stores.valid_from as store_version, customers.valid_from as customer_version,
  products.valid_from as product_version
from (from {_T}sales where bucket in ('loaded', 'held', 'late')) s
join lines using (position)
left join late using (position)
{" ".join(_VALID.format(stream=stream, name=name) for stream, name in DIMENSIONS.items())}
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

_DIMENSION_CELLS = ", ".join(
    f"{name}s.{column} as {name}_{column}" for name, columns in OF_DIMENSION.items() for column in columns
)
_OF_VERSION = f"""left join {_T}history_{{stream}} {{stream}}
  on m.{{name}}_id = {{stream}}.{{name}}_id and m.{{name}}_version = {{stream}}.valid_from"""
_RIGHT = {
    "sales": f"from {_MATCHED} where bucket = 'loaded' and quantity >= 0",
    "returns": f"""select *, -quantity as returned_quantity, -total_amount as returned_amount,
      -tax_amount as returned_tax from {_MATCHED} where bucket = 'loaded' and quantity < 0""",
    "late_sales": f"from {_MATCHED} where bucket = 'late'",
    "held_sales": f"select *, {_WAITS} as waits_for from {_MATCHED} where bucket = 'held'",
    "facts": f"""select m.*, quantity < 0 as is_return,
      {_DIMENSION_CELLS}
    from (from {_MATCHED} where bucket = 'loaded') m
    {" ".join(_OF_VERSION.format(stream=stream, name=name) for stream, name in DIMENSIONS.items())}""",
}
FACTS = f"(select *, quantity < 0 as is_return from {_MATCHED} where bucket = 'loaded')"


_QUARANTINE = f"""
select r.position as source_position, r.key, r.time,
  case when any_value(f.name) like '%.parquet' then null else trim(r.record, e' \\r\\n') end as raw_record,
  case when bool_or(d.defect in ('malformed', 'schema_drift')) then 'malformed|schema_drift|' else '' end
    || coalesce(string_agg(distinct d.defect, '|') filter (d.defect like 'negative%'), '') as rule,
  coalesce(max(substr(d.defect, 10)) filter (d.defect like 'negative%'), max(d."column") filter (d.kind in
    ('wrong_type', 'missing_column', 'out_of_range', 'column_vanishes'))) as reason,
  case when r.position < any_value(f.stop) then any_value(f.name) end as source_file
from {_T}records_{{stream}} r left join {_T}defects d on d."table" = '{{stream}}' and d.position = r.position
asof left join (from {_T}files where stream = '{{stream}}') f on r.position >= f.first
where r.bucket = 'quarantined' group by r.position, r.record, r.key, r.time
"""
_ARRIVED = f"""
select h.*, lead(valid_from) over (partition by {{name}}_id order by position) as arrival_to
from {_T}history_{{stream}} h
left join (from {_T}records_{{stream}} where bucket = 'loaded') on {{name}}_id = key and valid_from = time
"""


def expected_tables(truth_tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """expected_<role> of every asked table, to be used many times: `grade` takes them with the truth.

    Its key and columns, and more: of a history arrival_to, the end of the version in a history that is ordered by
    arrival; of a quarantine key and time of the record. rule: the defects that the record has, each followed or
    separated by a bar. reason: a word that a reason contains. raw_record: the line, null of a record that landed as
    Parquet. source_file: the file's name, null if it is not known.
    """
    with scratch() as connection, ScoreSession(connection, truth_tables) as session:
        create_expected(session)
        names = [f"expected_{asked.role}" for asked in ASKED]
        return {name: connection.query(f"from {truth(name)}") for name in names}


def create_expected(session: ScoreSession) -> dict[str, int]:
    """Create the same tables in the session of the answer key; return the number of rows by role."""
    session.create(_MATCHED.removeprefix(PREFIX), _MATCHING)
    queries = {}
    for stream, name in DIMENSIONS.items():
        queries[stream] = _ARRIVED.format(stream=stream, name=name)
        queries[f"{stream}_current"] = f"from {_T}history_{stream} where valid_to is null"
    for stream in (*DIMENSIONS, "sales"):
        queries[f"quarantine_{stream}"] = _QUARANTINE.format(stream=stream)
    names = {"facts": FACTS, "products": f"{_T}history_products", "customers": f"{_T}history_customers"}
    queries.update({role: sql.format(**names) for role, sql in SUMMED.items()})
    for role, sql in _RIGHT.items():  # views, since they are large and mostly read once
        session.create_view(_name(role), _columns(role, sql))
    counts = {role: session.create_counted(_name(role), _columns(role, sql))[1] for role, sql in queries.items()}
    return {**counts, **{role: session.row(f"select count(*) from {truth(f'expected_{role}')}")[0] for role in _RIGHT}}


def _name(role: str) -> str:
    return truth(f"expected_{role}").removeprefix(PREFIX)


def _columns(role: str, sql: str) -> str:
    more = ["arrival_to"] if role in DIMENSIONS else ["key", "time"] if role.startswith("quarantine") else []
    return f"select {', '.join([*(column.name for column in BY_ROLE[role].all_columns), *more])} from ({sql})"
