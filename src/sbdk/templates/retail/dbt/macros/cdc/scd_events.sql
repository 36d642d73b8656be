{#
  A change feed in its canonical form: the columns of the table, "__sequence" (a struct, if several columns make it)
  and "__kind": 0 sets a key's values, 1 deletes the key, 2 truncates the table. Only an upsert has values, only a
  truncate has no key, so that all deletes of a key at one sequence are the same event.
#}

{% macro scd_events(scd, feed) %}
{% set kinds = scd.apply_as_deletes or scd.apply_as_truncates %}
select
  {% for name in scd.output %}
  {% set column = scd_quote(name) %}
  {% if name in scd["keys"] %}
  {{ "case when \"__kind\" < 2 then " ~ column ~ " end as " ~ column if scd.apply_as_truncates else column }},
  {% else %}
  {{ "case when \"__kind\" = 0 then " ~ column ~ " end as " ~ column if kinds else column }},
  {% endif %}
  {% endfor %}
  {{ scd_sequence(scd) }} as "__sequence",
  "__kind"
from (
  select {{ scd_list((scd.output + scd.sequence) | unique(case_sensitive=true) | list) }}, {{ scd_kind(scd) }} as "__kind"
  from {{ feed }} as "__feed"
)
{% endmacro %}

{% macro scd_kind(scd) -%}
  case
  {%- if scd.apply_as_truncates %} when ({{ scd.apply_as_truncates }}
  ) then 2 {%- endif -%}
  {%- if scd.apply_as_deletes %} when ({{ scd.apply_as_deletes }}
  ) then 1 {%- endif %} when true then 0 end::utinyint
{%- endmacro %}

{% macro scd_sequence(scd) -%}
  {%- if scd.sequence | length == 1 -%}
    {{ scd_quote(scd.sequence[0]) }}
  {%- else -%}
    struct_pack(
    {%- for name in scd.sequence %}{{ scd_quote(name) }} := {{ scd_quote(name) }}{% if not loop.last %}, {% endif %}{% endfor -%}
    )
  {%- endif -%}
{%- endmacro %}

{# Conditions must be boolean: one row (message, hint) for each that is not. #}
{% macro scd_wrong_conditions(scd, feed) %}
{% for option in ["apply_as_deletes", "apply_as_truncates"] if scd[option] %}
select '{{ option }} is not a condition: ' || {{ scd_text(scd[option]) }} || ' is of type ' || told.type,
       'give the name of a boolean column, or a comparison such as "operation = ''DELETE''"'
from (select typeof(({{ scd[option] }}
)) as type from {{ feed }} as "__feed" limit 1) as told
where told.type <> 'BOOLEAN'
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endmacro %}

{# Events that have no place: one row (message, hint) for each column concerned, with counts. #}
{% macro scd_wrong_events(scd, events) %}
{% set wrong = [] %}
{% for name in scd["keys"] %}
  {% do scd_wrong_column(wrong, "key", name, scd_quote(name), scd.types[name], "\"__kind\" < 2") %}
{% endfor %}
{% for name in scd.sequence %}
  {% set place = "\"__sequence\"" if scd.sequence | length == 1 else "struct_extract(\"__sequence\", " ~ scd_text(name) ~ ")" %}
  {% do scd_wrong_column(wrong, "sequence column", name, place, scd.types[name], "true") %}
{% endfor %}
with counted as (
  select count(*) as events{% for each in wrong %}, count(*) filter (where {{ each.where }}) as n{{ loop.index }}{% endfor %}

  from {{ events }}
)
{% for each in wrong %}
select n{{ loop.index }} || ' of ' || events || ' events have ' || {{ scd_text(each.what) }},
       'set such events aside before: they belong to no key, or nowhere in its history'
from counted where n{{ loop.index }} > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endmacro %}

{% macro scd_wrong_column(wrong, role, name, place, type, when) %}
  {% do wrong.append({"what": "no " ~ role ~ " (" ~ name ~ " is null)", "where": when ~ " and " ~ place ~ " is null"}) %}
  {% if type in ["FLOAT", "DOUBLE"] %}
    {% do wrong.append({"what": "NaN in the " ~ role ~ " " ~ name, "where": when ~ " and isnan(" ~ place ~ ")"}) %}
  {% endif %}
{% endmacro %}
