select * exclude (valid_to)
from {{ ref('products') }}
where valid_to is null
