{{ config(materialized='scd', keys=['product_id'], sequence_by='last_update_time', stored_as_scd_type=2) }}
-- Every record that was accepted, in whatever order it came: what was merged before changes nothing.
select
  product_id, name, category, brand, price, stock_quantity, size, color, description, last_update_time
from {{ ref('bronze_products') }}
semi join (select received from {{ ref('products_ledger') }} where bucket = 'accepted') using (received)
