{{ config(materialized='scd', keys=['customer_id'], sequence_by='last_update_time', stored_as_scd_type=2) }}
-- Every record that was accepted, in whatever order it came: what was merged before changes nothing.
select
  customer_id, name, coalesce(nullif(trim(email), ''), 'Unknown') as email, address, join_date, loyalty_points, phone_number, age, gender, last_update_time
from {{ ref('bronze_customers') }}
semi join (select received from {{ ref('customers_ledger') }} where bucket = 'accepted') using (received)
