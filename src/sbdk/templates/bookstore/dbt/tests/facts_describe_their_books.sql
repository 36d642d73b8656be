-- What the facts say of a book is what the book's row says now.
select distinct facts.book_id, facts.title, books.title as title_now, facts.publisher_id, books.publisher_id as publisher_now
from {{ ref('fact_sales') }} as facts
left join {{ ref('dim_books') }} as books using (book_id)
where facts.title is distinct from books.title
    or facts.publisher_id is distinct from books.publisher_id
    or facts.publisher_name is distinct from books.publisher_name
    or facts.genre is distinct from books.genre
    or facts.list_price is distinct from books.list_price
    or facts.price_category is distinct from books.price_category
