{# From events to the table. `events` is in canonical form, in any order. #}

{#
  One event per key and sequence: a delete beats an upsert, then the greatest row in column order wins, null being
  smallest. So the choice depends on the events alone, not on their order.
#}
{% macro scd_winners(scd, events) %}
select * from {{ events }}
qualify lead("__sequence") over ({{ scd_contest(scd) }}) is distinct from "__sequence"
{% endmacro %}

{% macro scd_contest(scd) -%}
  partition by {{ scd_list(scd["keys"]) }} order by "__sequence", "__kind"
  {%- for name in scd.output if name not in scd["keys"] and [name] != scd.sequence %}, {{ scd_quote(name) }} nulls first{% endfor -%}
{%- endmacro %}

{% macro scd_by_key(scd) -%}
  partition by {{ scd_list(scd["keys"]) }} order by "__sequence"
{%- endmacro %}

{# The table that one winner per key and sequence makes. `log` has "__since", or `seeds` is false. #}
{% macro scd_history(scd, log, seeds=true) %}
{% if scd.stored_as_scd_type == 1 %}
select {{ scd_list(scd.output) }} from {{ scd_resolved(scd, log) }}
qualify "__kind" = 0 and lead("__kind") over ({{ scd_by_key(scd) }}) is null
{% else %}
select {{ scd_list(scd.output) }}, "__begun" as valid_from, "__next" as valid_to
from ({{ scd_runs(scd, "(" ~ scd_marked(scd, log, seeds) ~ " and (\"__starts\" or \"__ends\"))", seeds) }})
where "__ends"
{% endif %}
{% endmacro %}

{# Upserts and deletes that no later truncate made void, with the values that nulls stand for. #}
{% macro scd_resolved(scd, log) %}
{% if not scd.ignore_null_updates %}
{{ scd_live(scd, log) }}
{% else %}
(
  select * replace (
    {% for name in scd.output if name not in scd["keys"] %}
    {% set column = scd_quote(name) %}
    {# A delete leaves a marker of its own, which ends what later nulls inherit. #}
    last_value(case when "__kind" = 1 or {{ column }} is not null then {'is': {{ column }}} end ignore nulls)
      over ({{ scd_by_key(scd) }} rows between unbounded preceding and current row)['is'] as {{ column }}{% if not loop.last %},{% endif %}

    {% else %}
    "__kind" as "__kind"
    {% endfor %}
  )
  from {{ scd_live(scd, log) }}
)
{% endif %}
{% endmacro %}

{% macro scd_live(scd, log) %}
{% if scd.apply_as_truncates %}
(
  select * from {{ log }} where "__kind" < 2
  and coalesce("__sequence" > (select max("__sequence") from {{ log }} where "__kind" = 2), true)
)
{% else %}
{{ log }}
{% endif %}
{% endmacro %}

{# Upserts, with: whether each starts and ends a run of equal tracked values, and the next event of its key. #}
{% macro scd_marked(scd, log, seeds=true) %}
select {{ scd_list(scd.output) }}, "__sequence", "__kind"{{ ', "__since"' if seeds }},
  coalesce(lag("__kind") over by_key = 1, true){{ scd_differs(scd, "lag") }} as "__starts",
  coalesce(lead("__kind") over by_key = 1, true){{ scd_differs(scd, "lead") }} as "__ends",
  lead("__sequence") over by_key as "__next"
from {{ scd_resolved(scd, log) }}
window by_key as ({{ scd_by_key(scd) }})
qualify "__kind" = 0
{% endmacro %}

{% macro scd_differs(scd, side) -%}
  {%- for name in scd.tracked if name not in scd["keys"] %}
    or {{ scd_quote(name) }} is distinct from {{ side }}({{ scd_quote(name) }}) over by_key
  {%- endfor -%}
{%- endmacro %}

{# Marked upserts with "__begun", the first sequence of the run that each belongs to. A seed knows it ("__since"). #}
{% macro scd_runs(scd, marked, seeds=true) %}
select *, last_value(case when "__starts" then {{ 'coalesce("__since", "__sequence")' if seeds else '"__sequence"' }} end ignore nulls)
  over ({{ scd_by_key(scd) }} rows between unbounded preceding and current row) as "__begun"
from {{ marked }}
{% endmacro %}
