select
    books.book_id,
    books.isbn,
    books.title,
    books.author,
    books.publisher_id,
    publishers.publisher_name,
    publishers.publisher_type,
    books.genre,
    books.book_format,
    books.language,
    books.publication_year,
    books.page_count,
    case
        when books.page_count < 150 then 'Short'
        when books.page_count < 300 then 'Medium'
        when books.page_count < 500 then 'Long'
        when books.page_count >= 500 then 'Very Long'
    end as length_category,
    books.list_price,
    case
        when books.list_price < 15 then 'Budget'
        when books.list_price < 30 then 'Standard'
        when books.list_price < 50 then 'Premium'
        when books.list_price >= 50 then 'Luxury'
    end as price_category,
    cast(books.created_at as date) as listed_date,
    books.created_at
from {{ ref('stg_books') }} as books
left join {{ ref('stg_publishers') }} as publishers using (publisher_id)
