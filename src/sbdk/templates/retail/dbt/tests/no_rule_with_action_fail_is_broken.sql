-- Rules with the action fail stop the run: nothing is published.
{% for stream in ['stores', 'customers', 'products', 'sales'] %}
select '{{ stream }}' as stream, received, rule, reason from {{ ref(stream ~ '_ledger') }} where action = 'fail'
{{ 'union all' if not loop.last }}
{% endfor %}
