{#
  The ledger of a stream: each received record in exactly one bucket.

  quarantined: malformed, or against a rule with the action quarantine or fail. duplicate: accepted before. late: behind
  the watermark. accepted: the rest. The first that applies. What a record is depends on those received before it alone,
  so files may come in any portions: after new or replayed records, the ledger is made anew from the first of them on.
  A verdict by rule stays as it was given, though, until somebody asks for a replay.

  key, identity: columns; two records with the same identity are one that was delivered twice. event_time: the column
  that has a watermark, or none.
#}
{% macro ledger(stream, key, identity=none, event_time=none) %}
{% set columns = delivered_columns(stream) %}
{% set rules = row_rules(stream) %}
{% set bronze = ref('bronze_' ~ stream) %}
{% set same = identity or (columns | map(attribute="name") | list) or [key] %}
with new_records as (
  select * from {{ bronze }}
  {% if is_incremental() %}
  where received > (select coalesce(max(received), -1) from {{ this }})
    or replay > (select coalesce(max(replay), -1) from {{ this }})
  {% endif %}
),

new_verdicts as (
  select received, replay, run_id, ingest_timestamp as judged_at, fault is null as readable,
    {{ broken_rule(rules) }} as rule, {{ broken_warnings(rules) }} as warnings
  from new_records
),

{% if is_incremental() %}
first_new as (select min(received) as received from new_records),

verdicts as (
  select received, replay, run_id, judged_at, readable, rule, rule_version, action, reason, warnings
  from ({{ with_reasons(stream, rules) }})
  union all by name
  select received, replay, run_id, judged_at, readable, rule, rule_version, action, reason, warnings
  from {{ this }}
  where received > (select received from first_new) and received not in (select received from new_records)
),
{% else %}
verdicts as ({{ with_reasons(stream, rules) }}),
{% endif %}

records as (
  select verdicts.*, {% for name in same %}bronze."{{ name }}", {% endfor %}
    {{ 'bronze."' ~ event_time ~ '"' if event_time else 'null::timestamp' }} as event_time__, false as earlier
  from verdicts join {{ bronze }} as bronze using (received)
  {% if is_incremental() %}
  union all by name
  select ledger.received, ledger.rule, true as readable, {% for name in same %}bronze."{{ name }}", {% endfor %} true as earlier
  from {{ this }} as ledger join {{ bronze }} as bronze using (received)
  where ledger.received < (select received from first_new) and ledger.bucket in ('accepted', 'late')
    and bronze."{{ key }}" in (
      select b."{{ key }}" from verdicts join {{ bronze }} as b using (received) where b."{{ key }}" is not null
    )
  {% endif %}
),

placed as (
  select *,
    row_number() over (partition by rule is null, {% for name in same %}"{{ name }}"{{ ', ' if not loop.last }}{% endfor %} order by received) as delivery
    {% if event_time %}
    , max(case when readable and not earlier then event_time__ end) over (order by received rows between unbounded preceding and 1 preceding) as highest_here
    {% endif %}
  from records
)

select
  received, replay, run_id, judged_at, readable, rule, rule_version, action, reason, warnings,
  {% if event_time %}{{ watermark(bronze) }} as watermark,{% endif %}
  case
    when rule is not null then 'quarantined'
    when delivery > 1 then 'duplicate'
    {% if event_time %}when event_time__ < {{ watermark(bronze) }} then 'late'{% endif %}
    else 'accepted'
  end as bucket
from placed
where not earlier
{% endmacro %}

{# The highest event_time of the readable records before, less what may be late; null while there is none. #}
{% macro watermark(bronze) -%}
  (greatest(highest_here
  {%- if is_incremental() %}, (select max(event_time) from {{ bronze }} where fault is null and received < (select received from first_new)){% endif -%}
  ) - interval {{ var('watermark_minutes') }} minutes)
{%- endmacro %}

{# The name of the first rule with the action quarantine or fail that a record breaks. #}
{% macro broken_rule(rules) -%}
  case
    {% for rule in rules if rule.action != "warn" %}
    when {{ breaks(rule) }} then '{{ rule.name }}'
    {% endfor %}
    when fault is not null then 'malformed'
  end
{%- endmacro %}

{% macro broken_warnings(rules) -%}
  list_filter([null
    {% for rule in rules if rule.action == "warn" %}
    , case when {{ breaks(rule) }} then '{{ rule.name }}' end
    {% endfor %}
  ]::varchar[], lambda name: name is not null)
{%- endmacro %}

{# A malformed record breaks the rule about that alone: nobody can tell about its cells. #}
{% macro breaks(rule) -%}
  {{ "fault is null and " if "fault" not in rule.condition }}({{ rule.condition }}) is not true
{%- endmacro %}

{% macro with_reasons(stream, rules) %}
select new_verdicts.*, told.rule_version, told.action,
  case when told.rule = 'malformed' then coalesce(bronze.fault, told.reason) else told.reason end as reason
from new_verdicts
left join ({{ rules_table(stream, rules) }}) as told using (rule)
left join (select received, fault from new_records where fault is not null) as bronze using (received)
{% endmacro %}

{# The rules as rows (stream, rule, rule_version, action, reason). #}
{% macro rules_table(stream, rules) %}
select * from (values
  {% for rule in rules %}
  ('{{ stream }}', {{ quoted_text(rule.name) }}, {{ rule.version }}, '{{ rule.action }}', {{ quoted_text(rule.reason) }}){{ ',' if not loop.last }}
  {% else %}
  ('{{ stream }}', 'malformed', 1, 'quarantine', 'malformed')
  {% endfor %}
) as declared(stream, rule, rule_version, action, reason)
{% endmacro %}

{# quarantine.<stream>: what was set aside and why, with the record as it came. #}
{% macro quarantined(stream) %}
select
  ledger.rule, ledger.rule_version, ledger.reason, coalesce(replays.record, raw.record) as raw_record,
  raw.source_file, raw.source_position, ledger.run_id, ledger.judged_at as quarantined_at, ledger.received
from {{ ref(stream ~ '_ledger') }} as ledger
join {{ source('raw', 'raw_' ~ stream) }} as raw using (received)
left join (
  select received as replay, json_extract_string(record, '$.record') as record from {{ source('raw', 'raw_replays') }}
) as replays using (replay)
where ledger.bucket = 'quarantined'
{% endmacro %}
