{{ config(materialized='scd', keys=['store_id'], sequence_by='last_update_time', stored_as_scd_type=2) }}
-- Every record that was accepted, in whatever order it came: what was merged before changes nothing.
select
  store_id, name, address, coalesce(nullif(trim(manager), ''), 'Unknown') as manager, open_date, status, phone_number, last_update_time
from {{ ref('bronze_stores') }}
semi join (select received from {{ ref('stores_ledger') }} where bucket = 'accepted') using (received)
