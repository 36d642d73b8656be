{# The indexes of a model, a list of columns for each: as dbt wants them, or none where the database does not profit. #}
{% macro key_indexes(columns) %}
  {%- set wanted = var('indexes') if var('indexes') is not none else target.type != 'duckdb' -%}
  {%- set found = [] -%}
  {%- for column in columns if wanted -%} {%- do found.append({'columns': [column]}) -%} {%- endfor -%}
  {%- do return(found) -%}
{% endmacro %}
