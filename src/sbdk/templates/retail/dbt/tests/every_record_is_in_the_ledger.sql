-- Each received record is in the ledger of its stream, once, and so in exactly one bucket.
{% for stream in ['stores', 'customers', 'products', 'sales'] %}
select '{{ stream }}' as stream, received
from {{ source('raw', 'raw_' ~ stream) }} as raw
full join {{ ref(stream ~ '_ledger') }} as ledger using (received)
where raw.received is null or ledger.received is null
{{ 'union all' if not loop.last }}
{% endfor %}
