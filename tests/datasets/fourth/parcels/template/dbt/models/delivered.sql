select days, count(*) as parcels from {{ source('raw', 'parcels') }} group by days
