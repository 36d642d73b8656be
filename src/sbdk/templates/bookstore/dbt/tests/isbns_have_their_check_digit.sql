-- ISBN-13 (ISO 2108): the digits with the weights 1, 3, 1, 3, … add up to a multiple of ten.
select book_id, isbn
from {{ ref('stg_books') }}
where list_sum([
    cast(substr(isbn, place, 1) as integer) * (case when place % 2 = 1 then 1 else 3 end) for place in range(1, 14)
]) % 10 <> 0
