{# The indexes of a model, on its keys and dates. DuckDB gets none: they double the file and make little faster
   (docs/bookstore.md), and dbt cannot replace a table that has one there. #}
{% macro key_indexes(columns) %}
  {%- set found = [] -%}
  {%- for column in columns if target.type != 'duckdb' -%} {%- do found.append({'columns': [column]}) -%} {%- endfor -%}
  {%- do return(found) -%}
{% endmacro %}
