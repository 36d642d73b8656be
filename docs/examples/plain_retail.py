"""The retail streams in plain DuckDB SQL, without sbdk: plain_retail.py LANDING DATABASE."""

# ruff: noqa: S608

import sys

import duckdb

TABLES = {
    "stores": "store_id bigint, name varchar, address varchar, manager varchar, open_date timestamp, status varchar, "
    "phone_number varchar, last_update_time timestamp",
    "customers": "customer_id bigint, name varchar, email varchar, address varchar, join_date timestamp, "
    "loyalty_points int, phone_number varchar, age int, gender varchar, last_update_time timestamp",
    "products": "product_id bigint, name varchar, category varchar, brand varchar, price decimal(12,2), "
    "stock_quantity int, size varchar, color varchar, description varchar, last_update_time timestamp",
    "sales": "transaction_id bigint, store_id bigint, customer_id bigint, product_id bigint, event_time timestamp, "
    "quantity int, unit_price decimal(12,2), total_amount decimal(12,2), payment_method varchar, "
    "discount_applied decimal(12,2), tax_amount decimal(12,2)",
}
MAY_BE_NULL = ("email", "manager")
NOT_GIVEN = "null"
NO_PIECES = "null"

# Every line in its order, each cell in its type, and why the line is rejected.
READ = """
create table staging.{stream} as
with files as (
  select filename, string_split(rtrim(content, chr(10)), chr(10)) as lines from read_text('{landing}/{stream}/*.jsonl')
), numbered as (
  select filename, unnest(lines) as line, generate_subscripts(lines, 1) as nth from files
), parsed as (
  select row_number() over (order by filename, nth) as arrival, line,
    case when json_valid(line) then line::json end as record
  from numbered
)
select arrival, line, {cells},
  case when record is null or {broken} then 'unreadable'{rule} end as why
from parsed
"""

HISTORY = """
create table shop.{stream}_history as
select * exclude (last_update_time), last_update_time as since,
  lead(last_update_time) over (partition by {key} order by last_update_time) as until
from (select distinct {cells} from staging.{stream} where why is null)
"""

SALES = """
create table staging.placed as
with watched as (
  select *,
    max(event_time) filter (where why is distinct from 'unreadable')
      over (order by arrival rows between unbounded preceding and 1 preceding) - interval 10 minutes as watermark,
    row_number() over (partition by why is null, transaction_id order by arrival) as delivery
  from staging.sales
)
select watched.*, s.since as store_since, c.since as customer_since, p.since as product_since
from watched
asof left join shop.stores_history s on s.store_id = watched.store_id and watched.event_time >= s.since
asof left join shop.customers_history c on c.customer_id = watched.customer_id and watched.event_time >= c.since
asof left join shop.products_history p on p.product_id = watched.product_id and watched.event_time >= p.since
where why is null and delivery = 1;

create view staging.in_time as select * from staging.placed where coalesce(event_time >= watermark, true);
create view staging.known as select * from staging.in_time
  where store_since is not null and customer_since is not null and product_since is not null;

create table shop.too_late as select transaction_id, event_time from staging.placed where event_time < watermark;
create table shop.waiting as from staging.in_time
  where store_since is null or customer_since is null or product_since is null;
create table shop.returned as
  select transaction_id as sale, -quantity as pieces, -total_amount as money from staging.known where quantity < 0;
create table shop.sold as select * exclude (line, why) from staging.known where quantity >= 0;
create table shop.all_sales as select transaction_id, store_id, event_time, quantity, total_amount from staging.known;
create table shop.ten_minutes as
  select store_id, time_bucket(interval 10 minutes, event_time) as starts,
    coalesce(sum(quantity) filter (where quantity >= 0), {no_pieces}) as quantity, sum(total_amount) as net_amount
  from staging.known group by all;
"""


def cell(column: str, kind: str) -> str:
    return f"try_cast(record->>'$.{column}' as {kind}) as {column}"


def read(connection: duckdb.DuckDBPyConnection, landing: str, stream: str) -> None:
    columns = dict(part.strip().split(" ", 1) for part in TABLES[stream].replace("(12,2)", "(12;2)").split(","))
    cells = [cell(name, kind.replace(";", ",")) for name, kind in columns.items()]
    broken = " or ".join(f"{name} is null" for name in columns if name not in MAY_BE_NULL)
    rule = " when discount_applied < 0 then 'discount below zero'" if stream == "sales" else ""
    connection.execute(READ.format(stream=stream, landing=landing, cells=", ".join(cells), broken=broken, rule=rule))
    connection.execute(
        f"create table shop.rejected_{stream} as select line, why from staging.{stream} where why is not null"
    )
    if stream != "sales":
        kept = [f"coalesce({name}, {NOT_GIVEN}) as {name}" if name in MAY_BE_NULL else name for name in columns]
        connection.execute(HISTORY.format(stream=stream, key=f"{stream[:-1]}_id", cells=", ".join(kept)))


def main(landing: str, database: str) -> None:
    with duckdb.connect(database) as connection:
        connection.execute("create schema staging; create schema shop")
        for stream in TABLES:
            read(connection, landing, stream)
        connection.execute(SALES.format(no_pieces=NO_PIECES))


if __name__ == "__main__":
    main(*sys.argv[1:])
