{# A feature table tells nothing that was not known at the time of its row.

   For some times t of the table the model is computed again, from its own SQL and that of the models before it, out of
   sources of which only the rows before t are left. The rows of t must come out the same. Returns the rows that do not,
   with the columns that differ: each of those saw something of t or later.

     - no_look_ahead:
         arguments:
           time_column: feature_date           # the t of a row: it may use what lies before t
           entity_columns: [book_id]           # with time_column the key
           cut: { raw.sales: sale_date }       # sources (or models, seeds): which column says when a row was there
           known: [raw.publishers]             # sources that hold nothing that is not known beforehand
           targets: [target_units]             # columns that are not features
           times: 5                            # how many t, over the whole table

   A source that is neither cut nor known is refused, so that none is forgotten. The clock (`_sbdk.clock`) is set to
   t + `clock_after`: the earliest at which the model makes a row for t. Floating-point columns may differ by 1e-9 of
   their value. #}
{% test no_look_ahead(model, time_column, entity_columns, cut, known=[], targets=[], times=5, clock_after='1 day') %}
  {%- if not execute -%} {{ return('select 1 where false') }} {%- endif -%}
  {%- set node = no_look_ahead_node(model) -%}
  {%- set order = [] -%}
  {%- do no_look_ahead_order(node, cut, known, order) -%}
  {%- do no_look_ahead_reached(node, order, (cut.keys() | list) + known) -%}
  {%- set columns = adapter.get_columns_in_relation(model) -%}
  {%- do no_look_ahead_columns(node, columns, [time_column] + entity_columns + targets) -%}
  {%- set keys = [time_column] + entity_columns -%}
  {%- set features = columns | rejectattr('name', 'in', keys + targets) | list -%}
  {%- set sampled = no_look_ahead_times(model, order, time_column, cut, times) -%}
  {%- if not sampled -%} {{ return('select 1 where false') }} {%- endif -%}
  with recomputed as (
  {% for time in sampled -%}
    select * from (
      {{ no_look_ahead_query(node, order, time, cut, known, clock_after) }}
    ) as at_time
    where {{ time_column }} = {{ time }}
    {{ 'union all' if not loop.last }}
  {% endfor -%}
  ),

  published as (
    select * from {{ model }} where {{ time_column }} in ({{ sampled | join(', ') }})
  )

  select
    {% for key in keys -%} coalesce(published.{{ key }}, recomputed.{{ key }}) as {{ key }}, {% endfor %}
    case
      when recomputed.{{ time_column }} is null then 'the row cannot be made from what was known'
      when published.{{ time_column }} is null then 'the row is made from what was known, and is not there'
      else concat_ws('; ', {% for column in features -%}
        case when {{ no_look_ahead_differs(column) }} then
          '{{ column.name }}: ' || coalesce(cast(published.{{ column.quoted }} as varchar), 'null')
          || ', from what was known ' || coalesce(cast(recomputed.{{ column.quoted }} as varchar), 'null') end
        {{- ', ' if not loop.last }}
      {%- endfor %})
    end as looked_ahead
  from published
  full join recomputed on {% for key in keys -%}
    published.{{ key }} = recomputed.{{ key }}{{ ' and ' if not loop.last }}
  {%- endfor %}
  where recomputed.{{ time_column }} is null or published.{{ time_column }} is null
    {%- for column in features %} or {{ no_look_ahead_differs(column) }}{% endfor %}
{% endtest %}
