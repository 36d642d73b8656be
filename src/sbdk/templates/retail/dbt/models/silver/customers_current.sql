select * exclude (valid_to)
from {{ ref('customers') }}
where valid_to is null
