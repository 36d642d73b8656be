{# Whole snapshots as change feeds: what differs from the snapshot before, and what is gone. #}

{# What a snapshot cannot have: one row (message, hint) for each, with counts. #}
{% macro scd_wrong_snapshot(scd, snapshot, version) %}
with counted as (
  select count(*) as copies, {% for name in scd["keys"] %}{{ scd_quote(name) }} is null{{ " or " if not loop.last }}{% endfor %} as nameless
  from {{ snapshot }} group by {{ scd_list(scd["keys"]) }}
)
select sum(copies) || ' rows of snapshot ' || {{ scd_text(version) }} || ' have no key', 'every row needs its key'
from counted where nameless having count(*) > 0
union all
select count(*) || ' keys are more than once in snapshot ' || {{ scd_text(version) }},
       'a snapshot has one row for each key; take another key, or aggregate before'
from counted where copies > 1 and not nameless having count(*) > 0
{% endmacro %}

{% macro scd_create_changes(scd) %}
create table changes (
  {%- for column in scd.columns %}{{ scd_quote(column.name) }} {{ column.type }}{{ ", " if not loop.last }}{% endfor -%}
)
{% endmacro %}

{# The version is both parameters of the statement. #}
{% macro scd_snapshot_changes(scd, earlier, later, version, gone) %}
insert into changes by name
select {{ scd_list(scd.output) }}, ? as {{ scd_quote(version) }}, false as {{ scd_quote(gone) }}
from (select {{ scd_list(scd.output) }} from {{ later }} except select {{ scd_list(scd.output) }} from {{ earlier }})
union all by name
select {{ scd_list(scd["keys"]) }}, ? as {{ scd_quote(version) }}, true as {{ scd_quote(gone) }}
from {{ earlier }} e where not exists (select 1 from {{ later }} l where {{ scd_same_key(scd, "e", "l") }})
{% endmacro %}
