{#
  The materialization `scd`: a model whose rows are changes becomes the dimension that they make, beside its log.

      {{ config(materialized='scd', keys=['user_id'], sequence_by='updated_at', stored_as_scd_type=2,
                apply_as_deletes="operation = 'DELETE'", except_column_list=['operation', 'updated_at']) }}

  Each run merges the rows that the model selects; rows that were merged before change nothing. Table and log are
  written in one transaction. `--full-refresh` makes both anew.
#}

{% materialization scd, adapter="duckdb", supported_languages=["sql"] %}
  {% set target_relation = this.incorporate(type="table") %}
  {% set log_relation = scd_log_of(target_relation) %}
  {% set existing = load_cached_relation(this) %}
  {% set grant_config = config.get("grants") %}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {% if existing is not none and (should_full_refresh() or not existing.is_table) %}
    {% do scd_rows("drop " ~ ("table " if existing.is_table else "view ") ~ existing) %}
  {% endif %}
  {% if should_full_refresh() %}{% do scd_rows("drop table if exists " ~ log_relation) %}{% endif %}
  {% set feed %}(
{{ compiled_code }}
){% endset %}
  {% set scd = scd_declared(target_relation, log_relation, feed) %}
  {% set steps = [] %}
  {% do scd_steps(scd, feed, steps) %}
  {% for step in steps %}
    {% set rows = scd_rows(step.sql) %}
    {% if step.refuses and rows %}{% do scd_refuse(rows[0][0], rows[0][1]) %}{% endif %}
    {% if loop.last %}{% do scd_tell_counts(rows[0]) %}{% endif %}
  {% endfor %}
  {% do scd_rows(scd_drop_working_tables()) %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do apply_grants(target_relation, grant_config, should_revoke(existing, full_refresh_mode=should_full_refresh())) %}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{# Whether the model adds to a table that is there: then it may select new rows only. #}
{% macro scd_incremental() %}
  {% if not execute %}{{ return(false) }}{% endif %}
  {% set existing = load_relation(this) %}
  {{ return(existing is not none and existing.is_table and not should_full_refresh()) }}
{% endmacro %}

{% macro scd_log_of(relation) %}
  {{ return(api.Relation.create(database=relation.database, schema=relation.schema,
                                identifier=relation.identifier ~ "__log", type="table")) }}
{% endmacro %}

{% macro scd_rows(sql) %}
  {% call statement("scd", fetch_result=True) %}{{ sql }}{% endcall %}
  {{ return(load_result("scd").data) }}
{% endmacro %}

{% macro scd_refuse(message, hint) %}
  {% do exceptions.raise_compiler_error(message ~ ("\n" ~ hint if hint else "")) %}
{% endmacro %}

{# The configuration, settled against the columns that the model has and the table that is there. #}
{% macro scd_declared(target, log, feed) %}
  {% set scd = {"target": target | string, "log": log | string, "columns": []} %}
  {% for option in ["keys", "sequence_by", "apply_as_deletes", "apply_as_truncates", "column_list",
                    "except_column_list", "track_history_column_list", "track_history_except_column_list", "lateness"] %}
    {% do scd.update({option: config.get(option)}) %}
  {% endfor %}
  {% do scd.update({"stored_as_scd_type": config.get("stored_as_scd_type", 1),
                    "ignore_null_updates": config.get("ignore_null_updates", false)}) %}
  {% for row in scd_rows("describe select * from " ~ feed) %}
    {% do scd.columns.append({"name": row[0], "type": row[1]}) %}
  {% endfor %}
  {% do scd_read_state(scd, target) %}
  {% set problems = [] %}
  {% do scd_settle(scd, problems) %}
  {% if problems %}{% do scd_refuse(problems[0].message, problems[0].hint) %}{% endif %}
  {{ return(scd) }}
{% endmacro %}

{% macro scd_read_state(scd, target) %}
  {% do scd.update({"known": none, "known_columns": [], "has_log": false, "has_target": false}) %}
  {% for row in scd_rows(scd_state(target.database, target.schema, target.identifier)) %}
    {% if not row[0] %}
      {% do scd.update({"has_target": true}) %}
    {% else %}
      {% do scd.update({"has_log": true, "known": fromjson(row[1]) if row[1] else none}) %}
      {% if not row[2].startswith("__") %}
        {% do scd.known_columns.append({"name": row[2], "type": row[3]}) %}
      {% endif %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{# The counts are dbt's message on the model, and its adapter_response in run_results.json. #}
{% macro scd_tell_counts(counts) %}
  {% set told = [] %}
  {% for name in ["inserted", "closed", "duplicates", "ties", "refused_late"] %}
    {% do told.append(name ~ " " ~ counts[loop.index0]) %}
  {% endfor %}
  {% do log(this.identifier ~ ": " ~ told | join(", "), info=true) %}
  {% do store_raw_result("main", message=told | join(", "), code="OK", rows_affected=counts[0]) %}
{% endmacro %}
