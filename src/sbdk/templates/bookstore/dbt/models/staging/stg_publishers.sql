select
    trim(publisher_id) as publisher_id,
    nullif(trim(publisher_name), '') as publisher_name,
    trim(publisher_type) as publisher_type,
    nullif(trim(country), '') as country,
    cast(established_year as integer) as established_year,
    cast(total_titles as integer) as total_titles,
    trim(active_status) as active_status,
    active_status = 'Active' as is_active,
    cast(created_at as timestamp) as created_at
from {{ source('raw', 'publishers') }}
