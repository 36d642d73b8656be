-- The newest row of each book: what is known of it now.
select *
from {{ ref('book_features_history') }}
where as_of_date = cast({{ clock() }} as date)
