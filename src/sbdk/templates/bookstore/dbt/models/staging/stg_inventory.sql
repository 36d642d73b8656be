select
    trim(inventory_id) as inventory_id,
    trim(book_id) as book_id,
    trim(warehouse_location) as warehouse_location,
    cast(coalesce(stock_quantity, 0) as integer) as stock_quantity,
    cast(coalesce(reorder_point, 0) as integer) as reorder_point,
    cast(last_restock_date as date) as last_restock_date,
    cast(storage_cost_per_unit as decimal(12, 2)) as storage_cost_per_unit,
    cast(shelf_life_days as integer) as shelf_life_days,
    cast(created_at as timestamp) as created_at
from {{ source('raw', 'inventory') }}
