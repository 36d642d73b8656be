{#
  A batch of events into a table and its log, as steps of SQL to be run in order, in one transaction.

  The log has one winner per key and sequence: a maximum, so that merging does not depend on order, repetition or
  batches, and the table is a function of the log. "__kind" 3 in the log is the horizon: events before it are refused,
  and of those it has for each key only the last, the seed, with the values and the beginning of its run.

  Each step is a dict of name, sql and refuses: whether a row that it returns is a refusal (message, hint). The last
  step returns the counts.
#}

{% macro scd_steps(scd, feed, steps) %}
  {% if scd.apply_as_deletes or scd.apply_as_truncates %}
    {% do scd_step(steps, "conditions", scd_wrong_conditions(scd, feed), true) %}
  {% endif %}
  {% do scd_step(steps, "feed", "create or replace temp table __scd_feed as " ~ scd_events(scd, feed)) %}
  {% do scd_step(steps, "events", scd_wrong_events(scd, "__scd_feed"), true) %}
  {% do scd_create_steps(scd, steps) %}
  {% do scd_step(steps, "horizon", scd_horizon(scd, "__scd_horizon")) %}
  {% do scd_step(steps, "batch", scd_batch(scd)) %}
  {% do scd_step(steps, "replaced", scd_delete_replaced(scd)) %}
  {% do scd_step(steps, "log", scd_insert_winners(scd)) %}
  {% do scd_step(steps, "keys", scd_touched(scd)) %}
  {% do scd_step(steps, "events_of_keys", scd_touched_log(scd)) %}
  {% do scd_step(steps, "before", scd_before(scd)) %}
  {% do scd_step(steps, "after", "create or replace temp table __scd_after as " ~ scd_history(scd, "__scd_log")) %}
  {% do scd_step(steps, "delete", "delete from " ~ scd.target ~ " where rowid in (select place from __scd_before)") %}
  {% do scd_step(steps, "insert", "insert into " ~ scd.target ~ " by name select * from __scd_after") %}
  {% if scd.lateness is not none %}{% do scd_bound_steps(scd, steps) %}{% endif %}
  {% do scd_step(steps, "counts", scd_counts(scd)) %}
{% endmacro %}

{# After the last step. #}
{% macro scd_drop_working_tables() %}
{% for name in ["raw", "feed", "horizon", "batch", "keys", "log", "before", "after", "ahead", "stale", "seeds"] %}
drop table if exists temp.__scd_{{ name }};
{% endfor %}
{% endmacro %}

{% macro scd_step(steps, name, sql, refuses=false) %}
  {% do steps.append({"name": name, "sql": sql, "refuses": refuses}) %}
{% endmacro %}

{# What is there: rows (whether of the log, comment, column, type), none where there is no table. Case is ignored. #}
{% macro scd_state(database, schema, table) %}
select lower(table_name) = lower({{ scd_text(table ~ "__log") }}), t.comment, column_name, data_type
from duckdb_tables() t join duckdb_columns() c using (database_name, schema_name, table_name)
where lower(database_name) = lower({{ scd_text(database) }}) and lower(schema_name) = lower({{ scd_text(schema) }})
  and lower(table_name) in (lower({{ scd_text(table) }}), lower({{ scd_text(table ~ "__log") }}))
order by table_name, column_index
{% endmacro %}

{% macro scd_create_steps(scd, steps) %}
  {% if scd.known is none %}
    {# Columns are spelled out: DuckDB 2.0 loses sight of a big insert after CREATE TABLE AS of no rows. #}
    {% do scd_step(steps, "create_log", "create table " ~ scd.log ~ " (" ~ scd_typed(scd) ~ ", \"__sequence\" "
                   ~ scd.sequence_type ~ ", \"__kind\" utinyint, \"__since\" " ~ scd.sequence_type ~ ")") %}
    {% do scd_step(steps, "describe", "comment on table " ~ scd.log ~ " is '" ~ scd.facts | tojson ~ "'") %}
    {% set times = ", valid_from " ~ scd.sequence_type ~ ", valid_to " ~ scd.sequence_type %}
    {% do scd_step(steps, "create_target", "create table " ~ scd.target ~ " (" ~ scd_typed(scd)
                   ~ (times if scd.stored_as_scd_type == 2 else "") ~ ")") %}
  {% endif %}
  {% for table in [scd.log, scd.target] %}
    {% for name in scd.added %}
      {% do scd_step(steps, "add_column", "alter table " ~ table ~ " add column " ~ scd_quote(name) ~ " "
                     ~ scd.types[name]) %}
    {% endfor %}
  {% endfor %}
{% endmacro %}

{% macro scd_typed(scd) -%}
  {%- for name in scd.output %}{{ scd_quote(name) }} {{ scd.types[name] }}{{ ", " if not loop.last }}{% endfor -%}
{%- endmacro %}

{# The horizon so far, or farther: lateness before the greatest sequence. It never goes back. #}
{% macro scd_horizon(scd, table) %}
create or replace temp table {{ table }} as
select greatest(
  (select max("__sequence") from {{ scd.log }} where "__kind" = 3)
  {%- if scd.lateness is not none %},
  (select {{ scd_before_latest(scd) }} from (
    select max("__sequence") as latest from {{ scd.log }} where "__kind" < 3
  ))
  {%- endif %}

) as low
{% endmacro %}

{% macro scd_before_latest(scd) -%}
  {%- if scd.lateness is number -%}
    try(cast(latest - {{ scd.lateness }} as {{ scd.sequence_type }}))
  {%- else -%}
    {%- set base = scd.sequence_type if scd.sequence_type == "TIMESTAMP WITH TIME ZONE" else "timestamp" -%}
    try(cast(latest::{{ base }} - {{ scd_text(scd.lateness) }}::interval as {{ scd.sequence_type }}))
  {%- endif -%}
{%- endmacro %}

{#
  The batch beside what the log has at the same keys and sequences, exact repeats left out. Hashes tell repeats for the
  counts alone; who wins is decided by the values.
#}
{% macro scd_batch(scd) %}
create or replace temp table __scd_batch as
with together as (
  select {{ scd_list(scd.output) }}, "__sequence", "__kind", false as "__known"
  from __scd_feed where coalesce("__sequence" >= (select low from __scd_horizon), true)
  union all
  select {{ scd_list(scd.output, prefix="l.") }}, l."__sequence", l."__kind", true
  from {{ scd.log }} l
  where l."__kind" < 3 and exists (
    select 1 from __scd_feed f where {{ scd_same_key(scd, "f", "l") }} and f."__sequence" = l."__sequence"
  )
)
select *, lead("__sequence") over contest is distinct from "__sequence" as "__wins"
from together
window contest as ({{ scd_contest(scd) }}, "__known")
qualify lead({{ scd_hash(scd) }}) over contest is distinct from {{ scd_hash(scd) }}
{% endmacro %}

{% macro scd_hash(scd) -%}
  hash("__sequence", "__kind", {{ scd_list(scd.output) }})
{%- endmacro %}

{% macro scd_delete_replaced(scd) %}
delete from {{ scd.log }} l using __scd_batch b
where b."__known" and not b."__wins" and l."__kind" < 3
  and l."__sequence" = b."__sequence" and {{ scd_same_key(scd, "l", "b") }}
{% endmacro %}

{% macro scd_insert_winners(scd) %}
insert into {{ scd.log }} by name
select {{ scd_list(scd.output) }}, "__sequence", "__kind" from __scd_batch where "__wins" and not "__known"
{% endmacro %}

{# Keys with something new; all keys, after a new truncate. #}
{% macro scd_touched(scd) %}
create or replace temp table __scd_keys as
select distinct {{ scd_list(scd["keys"]) }} from __scd_batch where "__wins" and not "__known" and "__kind" < 2
{% if scd.apply_as_truncates %}
union
select {{ scd_list(scd["keys"]) }} from {{ scd.target }}
where exists (select 1 from __scd_batch where "__wins" and not "__known" and "__kind" = 2)
{% endif %}
{% endmacro %}

{% macro scd_touched_log(scd) %}
create or replace temp table __scd_log as
select * from {{ scd.log }} l
where exists (select 1 from __scd_keys k where {{ scd_same_key(scd, "k", "l") }}) and "__kind" < 2
{% if scd.apply_as_truncates %}
union all by name
select * from {{ scd.log }} where "__kind" = 2
{% endif %}
{% endmacro %}

{# The rows of these keys as they are, but for versions that ended before all that the log still has. #}
{% macro scd_before(scd) %}
create or replace temp table __scd_before as
select {{ scd_list(scd["keys"], prefix="t.") }}, t.rowid as place
{%- if scd.stored_as_scd_type == 2 %}, t.valid_from, t.valid_to is null as open{% endif %}

from {{ scd.target }} t
join (
  select {{ scd_list(scd["keys"]) }}, min(coalesce("__since", "__sequence")) as since
  from __scd_log where "__kind" < 2 group by all
) k on {{ scd_same_key(scd, "k", "t") }}
{% if scd.stored_as_scd_type == 2 %}
and t.valid_from >= k.since
{% endif %}
{% endmacro %}

{# With a lateness the log is bounded: of what is before the horizon, each key keeps one seed, or nothing. #}
{% macro scd_bound_steps(scd, steps) %}
  {% do scd_step(steps, "new_horizon", scd_horizon(scd, "__scd_ahead")) %}
  {% do scd_step(steps, "stale_keys", scd_stale_keys(scd)) %}
  {% do scd_step(steps, "seeds", scd_seeds(scd)) %}
  {% do scd_step(steps, "forget", scd_forget(scd)) %}
  {% do scd_step(steps, "keep_seeds", "insert into " ~ scd.log ~ " by name select * from __scd_seeds") %}
  {% do scd_step(steps, "forget_horizon", "delete from " ~ scd.log
                 ~ " where \"__kind\" = 3 and \"__sequence\" < (select low from __scd_ahead)") %}
  {% do scd_step(steps, "keep_horizon", "insert into " ~ scd.log ~ " by name select low as \"__sequence\", 3 as "
                 ~ "\"__kind\" from __scd_ahead where low is not null and not exists (from " ~ scd.log
                 ~ " where \"__kind\" = 3)") %}
{% endmacro %}

{% macro scd_stale_keys(scd) %}
create or replace temp table __scd_stale as
select {{ scd_list(scd["keys"]) }} from {{ scd.log }}
where "__kind" < 3 and "__sequence" < (select low from __scd_ahead)
group by all having count(*) > 1 or bool_or("__kind" > 0)
{%- if scd.apply_as_truncates %} or min("__sequence") <= (select max("__sequence") from {{ scd.log }} where "__kind" = 2){% endif %}
{% endmacro %}

{% macro scd_seeds(scd) %}
{% set log = "(select * from " ~ scd.log ~ " l where \"__kind\" = 2 or (\"__kind\" < 2 and exists (select 1 from __scd_stale k where "
             ~ scd_same_key(scd, "k", "l") ~ ")))" %}
create or replace temp table __scd_seeds as
select {{ scd_list(scd.output) }}, "__sequence", "__kind", "__begun" as "__since"
from ({{ scd_runs(scd, "(" ~ scd_marked(scd, log) ~ ")") }})
where "__sequence" < (select low from __scd_ahead) and coalesce("__next" >= (select low from __scd_ahead), true)
{% endmacro %}

{% macro scd_forget(scd) %}
delete from {{ scd.log }} l
where l."__kind" < 3 and l."__sequence" < (select low from __scd_ahead)
  and exists (select 1 from __scd_stale k where {{ scd_same_key(scd, "k", "l") }})
{% endmacro %}

{% macro scd_counts(scd) %}
select
  (select count(*) from __scd_after a where not exists ({{ scd_counterpart(scd) }})) as inserted,
  {% if scd.stored_as_scd_type == 2 %}
  (select count(*) from __scd_after a where valid_to is not null
     and not exists ({{ scd_counterpart(scd) }} and not b.open)) as closed,
  {% else %}
  (select count(*) from __scd_before b
     where not exists (select 1 from __scd_after a where {{ scd_same_key(scd, "a", "b") }})) as closed,
  {% endif %}
  received + known - apart as duplicates, apart - winners as ties, refused_late
from (
  select count(*) filter (where late is not true) as received, count(*) filter (where late) as refused_late
  from (select "__sequence" < (select low from __scd_horizon) as late from __scd_feed)
), (
  select count(*) as apart, count(*) filter (where "__known") as known, count(*) filter (where "__wins") as winners
  from __scd_batch
)
{% endmacro %}

{% macro scd_counterpart(scd) -%}
  select 1 from __scd_before b where {{ scd_same_key(scd, "a", "b") }}
  {%- if scd.stored_as_scd_type == 2 %} and a.valid_from = b.valid_from{% endif -%}
{%- endmacro %}
