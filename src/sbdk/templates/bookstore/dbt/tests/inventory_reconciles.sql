-- Every copy in the warehouses is in the mart, once.
with mart as (
    select sum(stock_quantity) as stock, sum(stock_records) as records from {{ ref('inventory_optimization') }}
),

stored as (
    select sum(stock_quantity) as stock, count(*) as records from {{ ref('stg_inventory') }}
)

select *
from mart cross join stored
where coalesce(mart.stock, 0) <> coalesce(stored.stock, 0) or coalesce(mart.records, 0) <> stored.records
