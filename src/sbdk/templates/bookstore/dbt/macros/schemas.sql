{# Schemas are called as they are here: staging, analytics, ml_features, experiments, with no prefix. Raw data belong to
   the pipelines: a model that would be built among them is refused. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- set schema = (custom_schema_name or target.schema) | trim -%}
  {%- if schema == var('raw_schema') and node.resource_type != 'test' -%}
    {%- do exceptions.raise_compiler_error(node.name ~ ": the schema " ~ schema ~ " is read-only to models; it belongs to the pipelines") -%}
  {%- endif -%}
  {{ schema }}
{%- endmacro %}
