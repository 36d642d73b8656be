{# Schemas are called as they are here: bronze, silver, gold, quarantine, with no prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

{# bronze_sales is bronze.sales: dbt wants names that are unique, people want short ones. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {%- if custom_alias_name -%} {{ custom_alias_name | trim }}
  {%- elif node.name.startswith(("bronze_", "quarantine_")) -%} {{ node.name.split("_", 1)[1] }}
  {%- else -%} {{ node.name }}
  {%- endif -%}
{%- endmacro %}
