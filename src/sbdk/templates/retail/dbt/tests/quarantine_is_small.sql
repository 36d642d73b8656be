-- The circuit breaker: when much of what a run brought is bad, something is wrong with the source, or with a rule.
-- What was judged again because somebody asked for it does not count.
{% for stream in ['stores', 'customers', 'products', 'sales'] %}
select '{{ stream }}' as stream, run_id, count(*) as judged, count(*) filter (bucket = 'quarantined') as quarantined
from {{ ref(stream ~ '_ledger') }}
where replay is null and judged_at = (select max(judged_at) from {{ ref(stream ~ '_ledger') }} where replay is null)
group by run_id
having count(*) filter (bucket = 'quarantined') > greatest({{ var('quarantine_at_least') }}, {{ var('quarantine_share') }} * count(*))
{{ 'union all' if not loop.last }}
{% endfor %}
