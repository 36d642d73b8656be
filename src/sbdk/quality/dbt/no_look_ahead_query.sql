{# For the test no_look_ahead: the model's SQL on sources that end at a time. #}

{# Some times of the table as literals: it is divided into as many parts, and of each the time is taken at which most
   rows of the cut relations came to be. There a leak has most to tell. #}
{% macro no_look_ahead_times(relation, order, column, cut, count) %}
  {%- set query -%}
    with times as (
      select t, ntile({{ count }}) over (order by t) as part
      from (select distinct {{ column }} as t from {{ relation }} where {{ column }} is not null) as found
    ),
    arrivals as (
      {% for id in order -%}
      {%- set part = graph.sources[id] if id in graph.sources else graph.nodes[id] -%}
      {%- set key = no_look_ahead_key(part) -%}
      {%- if key in cut %} select cast({{ cut[key] }} as timestamp) as at from {{ no_look_ahead_stored(part) }} union all {% endif -%}
      {%- endfor %}
      select null where false
    ),
    counted as (
      select times.part, times.t, count(arrivals.at) as arrived
      from times
      left join (
        select known.t, arrivals.at from arrivals asof join times as known on arrivals.at >= known.t
      ) as arrivals on arrivals.t = times.t
      group by all
    )
    select cast(t as varchar) from counted
    qualify row_number() over (partition by part order by arrived desc, t) = 1
    order by t
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
  {%- do parts.append('cut__itself as (\n' ~ no_look_ahead_rendered(node) ~ '\n)') -%}
  {%- do context.update(usual) -%}
  with {{ parts | join(',\n') }}
  select * from cut__itself
{% endmacro %}

{% macro no_look_ahead_part(part, time, cut, known, clock_after) %}
  {%- set key = no_look_ahead_key(part) -%}
  {%- if key == '_sbdk.clock' -%} select cast({{ time }} + interval '{{ clock_after }}' as timestamp) as now
  {%- elif key in cut -%} select * from {{ no_look_ahead_stored(part) }} where {{ cut[key] }} < {{ time }}
  {%- elif part.resource_type != 'model' or key in known -%} select * from {{ no_look_ahead_stored(part) }}
  {%- else -%} {{ no_look_ahead_rendered(part) }}
  {%- endif -%}
{% endmacro %}

{# The model's SQL. A relation that it names by itself, past `ref` and `source`, would not be cut. #}
{% macro no_look_ahead_rendered(node) %}
  {%- set sql = render(node.raw_code) -%}
  {%- for other in (graph.nodes.values() | list) + (graph.sources.values() | list) if other.resource_type in ('model', 'seed', 'snapshot', 'source') -%}
    {%- set name = other.identifier if other.resource_type == 'source' else other.alias -%}
    {%- if name in sql and modules.re.search('(?i)\\b(from|join)\\s+"?' ~ other.schema ~ '"?\\."?' ~ name ~ '"?(?![\\w"])', sql) -%}
      {%- do exceptions.raise_compiler_error("no_look_ahead: " ~ node.name ~ " reads " ~ other.schema ~ "." ~ name ~ " by its name; write ref(…) or source(…)") -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do return(sql) -%}
{% endmacro %}

{% macro no_look_ahead_stored(part) -%}
  {{ adapter.quote(part.schema) }}.{{ adapter.quote(part.identifier if part.resource_type == 'source' else part.alias) }}
{%- endmacro %}

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
