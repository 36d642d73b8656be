{# For the test no_look_ahead: the model's SQL on sources that end at a time. #}

{# Some times of the table as literals, evenly over it and not at its ends, where there is little ahead or behind. #}
{% macro no_look_ahead_times(relation, column, count) %}
  {%- set query -%}
    select cast(t as varchar) as t, n, total
    from (select t, row_number() over (order by t) - 1 as n, count(*) over () as total
          from (select distinct {{ column }} as t from {{ relation }} where {{ column }} is not null) as times) as numbered
    where n in (
      {%- for i in range(1, count + 1) -%}
      cast(floor(total * {{ i }} / {{ count + 1 }}.0) as bigint){{ ', ' if not loop.last }}
      {%- endfor -%})
    order by n
  {%- endset -%}
  {%- set type = (adapter.get_columns_in_relation(relation) | selectattr('name', 'equalto', column) | first).data_type -%}
  {%- set found = [] -%}
  {%- for row in run_query(query).rows -%} {%- do found.append("cast('" ~ row[0] ~ "' as " ~ type ~ ")") -%} {%- endfor -%}
  {%- do return(found) -%}
{% endmacro %}

{# While this is rendered, `ref` and `source` mean the cut relations, also inside of the project's own macros; the context
   belongs to this one test, so nothing else notices. An incremental model is computed as by a full refresh. #}
{% macro no_look_ahead_query(node, order, time, cut, known, clock_after) %}
  {%- set usual = {'ref': context['ref'], 'source': context['source'], 'is_incremental': context['is_incremental']} -%}
  {%- do context.update({'ref': no_look_ahead_ref, 'source': no_look_ahead_source, 'is_incremental': no_look_ahead_never}) -%}
  {%- set parts = [] -%}
  {%- for id in order -%}
    {%- set part = graph.sources[id] if id in graph.sources else graph.nodes[id] -%}
    {%- do parts.append(no_look_ahead_name(no_look_ahead_key(part)) ~ ' as (\n' ~ no_look_ahead_part(part, time, cut, known, clock_after) ~ '\n)') -%}
  {%- endfor -%}
  {%- do parts.append('cut__itself as (\n' ~ render(node.raw_code) ~ '\n)') -%}
  {%- do context.update(usual) -%}
  with {{ parts | join(',\n') }}
  select * from cut__itself
{% endmacro %}

{% macro no_look_ahead_part(part, time, cut, known, clock_after) %}
  {%- set key = no_look_ahead_key(part) -%}
  {%- set stored -%}
    {{ adapter.quote(part.schema) }}.{{ adapter.quote(part.identifier if part.resource_type == 'source' else part.alias) }}
  {%- endset -%}
  {%- if key == '_sbdk.clock' -%} select cast({{ time }} + interval '{{ clock_after }}' as timestamp) as now
  {%- elif key in cut -%} select * from {{ stored }} where {{ cut[key] }} < {{ time }}
  {%- elif part.resource_type != 'model' or key in known -%} select * from {{ stored }}
  {%- else -%} {{ render(part.raw_code) }}
  {%- endif -%}
{% endmacro %}

{# `ref('model')`, `ref('package', 'model')`, with or without a version: the last name is the model's. #}
{% macro no_look_ahead_ref() %}{% do return(no_look_ahead_name(varargs[-1])) %}{% endmacro %}

{% macro no_look_ahead_source(source_name, table_name) %}{% do return(no_look_ahead_name(source_name ~ '.' ~ table_name)) %}{% endmacro %}

{% macro no_look_ahead_never() %}{% do return(false) %}{% endmacro %}

{# Whether a column of `published` and `recomputed` differs, null being equal to null. #}
{% macro no_look_ahead_differs(column) -%}
  {%- set one, other = 'published.' ~ column.quoted, 'recomputed.' ~ column.quoted -%}
  ({{ one }} is distinct from {{ other }}
  {%- if column.is_float() %} and not coalesce(abs({{ one }} - {{ other }}) <= 1e-9 * greatest(abs({{ one }}), abs({{ other }})), false){% endif -%})
{%- endmacro %}
