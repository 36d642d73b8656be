{{ config(indexes=key_indexes(['book_id'])) }}

with stock as (
    select
        book_id,
        cast(count(*) as integer) as stock_records,
        string_agg(distinct warehouse_location, ', ' order by warehouse_location) as warehouses,
        cast(sum(stock_quantity) as integer) as stock_quantity,
        cast(sum(reorder_point) as integer) as reorder_point,
        max(last_restock_date) as last_restock_date,
        min(last_restock_date + shelf_life_days) filter (stock_quantity > 0) as expiry_date,
        cast(sum(stock_quantity * storage_cost_per_unit) as decimal(18, 2)) as storage_cost
    from {{ ref('stg_inventory') }}
    group by book_id
),

demand as (
    select
        book_id,
        max(sale_date) as last_sale_date,
        sum(quantity) filter (sale_date > {{ last_day() }} - {{ var('demand_days') }}) as units_sold
    from {{ ref('fact_sales') }}
    group by book_id
),

-- What was sold before is not known, so it counts neither as demand nor as the lack of it.
sales_known as (
    select least({{ start_day() }}, (select min(sale_date) from {{ ref('fact_sales') }})) as since_date
),

-- The days over which the demand is measured: all of the window, or those since a newer book was listed.
measured as (
    select
        stock.*,
        books.title,
        books.publisher_id,
        books.publisher_name,
        publishers.is_active as publisher_is_active,
        books.listed_date,
        demand.last_sale_date,
        {{ last_day() }} as as_of_date,
        cast(coalesce(demand.units_sold, 0) as bigint) as units_sold,
        greatest(1, least(
            {{ var('demand_days') }}, {{ last_day() }} - books.listed_date + 1, {{ last_day() }} - sales_known.since_date + 1
        )) as days_measured,
        sales_known.since_date,
        greatest(stock.last_restock_date, books.listed_date) as on_shelf_since
    from stock
    cross join sales_known
    left join {{ ref('dim_books') }} as books using (book_id)
    left join {{ ref('dim_publishers') }} as publishers on publishers.publisher_id = books.publisher_id
    left join demand using (book_id)
),

judged as (
    select
        *,
        cast(units_sold as double) / days_measured as units_per_day,
        cast(stock_quantity as double) * days_measured / nullif(units_sold, 0) as cover_days,
        stock_quantity > 0
        and as_of_date - on_shelf_since > {{ var('dead_stock_days') }}
        and as_of_date - coalesce(last_sale_date + 1, since_date) >= {{ var('dead_stock_days') }} as is_dead_stock,
        units_sold > 0 and (
            stock_quantity <= reorder_point
            or stock_quantity * days_measured < {{ var('lead_time_days') }} * units_sold
        ) as reorder_now
    from measured
)

select
    book_id,
    title,
    publisher_id,
    publisher_name,
    publisher_is_active,
    as_of_date,
    listed_date,
    last_restock_date,
    last_sale_date,
    expiry_date,
    stock_records,
    warehouses,
    stock_quantity,
    reorder_point,
    units_sold,
    days_measured,
    units_per_day,
    cover_days,
    reorder_now,
    cast(case
        when reorder_now then
            greatest(reorder_point - stock_quantity, 0)
            -- rounded up, in whole numbers
            + (units_sold * {{ var('lead_time_days') + var('target_cover_days') }} + days_measured - 1) // days_measured
        else 0
    end as integer) as reorder_quantity,
    is_dead_stock,
    case
        when reorder_now then 'reorder'
        when stock_quantity = 0 then 'out_of_stock'
        when is_dead_stock then 'dead'
        when units_sold = 0 then 'idle'
        when cover_days > {{ var('overstock_days') }} then 'overstocked'
        else 'healthy'
    end as stock_status,
    storage_cost
from judged
