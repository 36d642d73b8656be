-- No book was published before its house was founded.
select books.book_id, books.publication_year, publishers.publisher_id, publishers.established_year
from {{ ref('stg_books') }} as books
join {{ ref('stg_publishers') }} as publishers using (publisher_id)
where books.publication_year < publishers.established_year
