{# One row per dbt invocation in `audit.dbt_runs`. It tells about runs, not about the business: no model reads it. #}

{% macro create_audit_table() %}
  create schema if not exists audit;
  create table if not exists audit.dbt_runs (
    invocation_id varchar, started_at timestamp, clock timestamp, command varchar,
    models integer, tests integer, failed integer, warned integer
  );
{% endmacro %}

{% macro record_run(results) %}
  {%- set models = results | selectattr('node.resource_type', 'equalto', 'model') | list | length -%}
  {%- set tests = results | selectattr('node.resource_type', 'in', ['test', 'unit_test']) | list | length -%}
  {%- set failed = results | selectattr('status', 'in', ['fail', 'error']) | list | length -%}
  {%- set warned = results | selectattr('status', 'equalto', 'warn') | list | length -%}
  insert into audit.dbt_runs values (
    '{{ invocation_id }}', timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}', {{ clock() }},
    '{{ flags.WHICH }}', {{ models }}, {{ tests }}, {{ failed }}, {{ warned }}
  );
{% endmacro %}
