select
    trim(book_id) as book_id,
    replace(trim(cast(isbn as varchar)), '-', '') as isbn,
    nullif(trim(title), '') as title,
    coalesce(nullif(trim(author), ''), 'Unknown') as author,
    trim(publisher_id) as publisher_id,
    trim(genre) as genre,
    cast(publication_year as integer) as publication_year,
    cast(page_count as integer) as page_count,
    cast(price as decimal(12, 2)) as list_price,
    trim(format) as book_format,
    trim(language) as language,
    cast(created_at as timestamp) as created_at
from {{ source('raw', 'books') }}
