select * exclude (valid_to)
from {{ ref('stores') }}
where valid_to is null
