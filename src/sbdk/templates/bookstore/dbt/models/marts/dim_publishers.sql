with catalogue as (
    select publisher_id, count(*) as books, min(created_at) as first_listed_at
    from {{ ref('stg_books') }}
    group by publisher_id
)

select
    publishers.publisher_id,
    publishers.publisher_name,
    publishers.publisher_type,
    publishers.country,
    publishers.established_year,
    publishers.total_titles,
    publishers.active_status,
    publishers.is_active,
    cast(coalesce(catalogue.books, 0) as integer) as books_listed,
    catalogue.first_listed_at,
    publishers.created_at
from {{ ref('stg_publishers') }} as publishers
left join catalogue using (publisher_id)
