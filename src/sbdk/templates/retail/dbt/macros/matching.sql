{# What the incremental matching of sales with dimensions needs. #}

{# Sales that were accepted once and are not any more: a replay can show that another record came first. #}
{% macro forget_unaccepted() %}
  {% if is_incremental() %}
  delete from {{ this }} as matched
  where not exists (
    select 1 from {{ ref('sales_ledger') }} as ledger where ledger.received = matched.received and ledger.bucket = 'accepted'
  )
  {% endif %}
{% endmacro %}

{# Key and time of the records of a dimension that were accepted after what `seen` says. #}
{% macro accepted_since(dimension) %}
select bronze.{{ dimension }}_id, bronze.last_update_time
from {{ ref('bronze_' ~ dimension ~ 's') }} as bronze
join {{ ref(dimension ~ 's_ledger') }} as ledger using (received)
where ledger.bucket = 'accepted' and (
  ledger.received > (select coalesce(max(seen.{{ dimension }}), -1) from {{ this }})
  or ledger.replay > (select coalesce(max(seen.{{ dimension }}_replay), -1) from {{ this }})
)
{% endmacro %}
