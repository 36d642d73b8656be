{{ config(materialized='incremental', incremental_strategy='append') }}
-- How often each rule was broken, of the records that each run brought or judged again. What a run found stays.
{% set streams = ['stores', 'customers', 'products', 'sales'] %}
with ledgers as (
  {% for stream in streams %}
  select '{{ stream }}' as stream, run_id, rule, warnings from {{ ref(stream ~ '_ledger') }}
  {{ "where run_id not in (select run_id from " ~ this ~ ")" if is_incremental() }}
  {{ 'union all' if not loop.last }}
  {% endfor %}
),

rules as (
  {% for stream in streams %}
  {{ rules_table(stream, row_rules(stream)) }}
  {{ 'union all' if not loop.last }}
  {% endfor %}
),

judged as (
  select stream, run_id, count(*) as judged from ledgers group by all
),

broken as (
  select stream, run_id, rule, count(*) as broken
  from (
    select stream, run_id, rule from ledgers where rule is not null
    union all
    select stream, run_id, unnest(warnings) as rule from ledgers where len(warnings) > 0
  )
  group by all
)

select judged.run_id, rules.stream, rules.rule, rules.rule_version, rules.action, judged.judged,
  coalesce(broken.broken, 0) as broken
from rules
join judged using (stream)
left join broken using (stream, run_id, rule)
