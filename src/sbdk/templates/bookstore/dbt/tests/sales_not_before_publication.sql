-- No book was sold before it was listed, or before the year of its publication.
select sales.transaction_id, sales.sale_date, books.book_id, books.publication_year, books.created_at as listed_at
from {{ ref('stg_sales') }} as sales
join {{ ref('stg_books') }} as books using (book_id)
where sales.sale_date < cast(books.created_at as date) or year(sales.sale_date) < books.publication_year
