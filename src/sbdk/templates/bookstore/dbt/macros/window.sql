{# The rows that an incremental run makes anew: those since `since` (the look-back), and those of the interval named by
   `sbdk dev --from D --to D`, from the start of its first day. A model filters by it what it reads, and in
   `replace_window` what it deletes, so that after every run the rows inside are those of a full refresh. #}

{% macro in_window(column, since) -%}
  ({{ column }} >= {{ since }}
  {%- if var('interval_from') %}
    or {{ column }} >= date_trunc('day', timestamp '{{ var("interval_from") }}')
    and {{ column }} < timestamp '{{ var("interval_to") }}'
  {%- endif -%})
{%- endmacro %}

{# The merge of an incremental model: insert, update what differs in one of `compared`, leave alone what does not, and
   delete what is no longer there inside the window. #}
{% macro replace_window(column, since, compared) %}
  {% set differs = [] %}
  {% for name in compared %}
    {% do differs.append('DBT_INTERNAL_DEST.' ~ name ~ ' is distinct from DBT_INTERNAL_SOURCE.' ~ name) %}
  {% endfor %}
  {% do return({
    'when_matched': [{'action': 'update', 'mode': 'by_name', 'condition': differs | join(' or ')}],
    'when_not_matched': [
      {'action': 'insert', 'mode': 'by_name'},
      {'by': 'source', 'action': 'delete', 'condition': in_window('DBT_INTERNAL_DEST.' ~ column, since)},
    ],
  }) %}
{% endmacro %}
