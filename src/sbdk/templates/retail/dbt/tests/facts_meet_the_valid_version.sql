-- Each fact met the version that was valid: begun, and not followed by another, at event_time.
{% for dimension in ['store', 'customer', 'product'] %}
select '{{ dimension }}' as dimension, facts.transaction_id, facts.event_time, versions.valid_from, versions.valid_to
from {{ ref('denormalized_sales_facts') }} as facts
join {{ ref(dimension ~ 's') }} as versions
  on versions.{{ dimension }}_id = facts.{{ dimension }}_id and versions.valid_from = facts.{{ dimension }}_version
where facts.event_time < versions.valid_from or facts.event_time >= versions.valid_to
{{ 'union all' if not loop.last }}
{% endfor %}
