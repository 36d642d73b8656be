-- Of each stream: how many records were received, and where they are. The parts are counted where they lie.
{% set streams = ['stores', 'customers', 'products', 'sales'] %}
{% for stream in streams %}
select '{{ stream }}' as stream,
  (select count(*) from {{ source('raw', 'raw_' ~ stream) }}) as received,
  {% if stream == 'sales' %}
  (select count(*) from {{ ref('sales_transactions') }}) + (select count(*) from {{ ref('returns_transactions') }}) as loaded,
  {% else %}
  (select count(*) from {{ ref(stream ~ '_ledger') }} where bucket = 'accepted') as loaded,
  {% endif %}
  (select count(*) from {{ ref('quarantine_' ~ stream) }}) as quarantined,
  (select count(*) from {{ ref(stream ~ '_ledger') }} where bucket = 'duplicate') as duplicate,
  {{ "(select count(*) from " ~ ref('late_sales') ~ ")" if stream == 'sales' else 0 }} as late,
  {{ "(select count(*) from " ~ ref('held_sales') ~ ")" if stream == 'sales' else 0 }} as held
{{ 'union all' if not loop.last }}
{% endfor %}
