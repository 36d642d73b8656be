"""A plain dbt project that uses every construct of dbt-core that DuckDB can build, with a package beside it."""

from __future__ import annotations

from pathlib import Path

TABLE = "{{ config(materialized='table') }}\n"
PACKAGE = {
    "dbt_project.yml": "name: shared\nversion: '1.0'\n",
    "macros/cents.sql": "{% macro cents(column) %} cast({{ column }} * 100 as bigint) {% endmacro %}\n",
    "models/shared_days.sql": "select date '2026-01-01' + cast(range as integer) as date_day from range(40)\n",
}
PROJECT = {
    "dbt_project.yml": """
name: adopted
version: '1.0'
profile: plain
config-version: 2
model-paths: [models, more_models]
query-comment: {comment: adopted, append: true}
flags: {send_anonymous_usage_stats: false}
vars: {least: 1}
on-run-start: ["create schema if not exists audit", "create table if not exists audit.runs (n integer)"]
on-run-end: "insert into audit.runs select count(*) from {{ ref('orders') }}"
models:
  adopted:
    marts: {+schema: marts, +materialized: table, +group: finance}
snapshots: {adopted: {+schema: history}}
""",
    "profiles.yml": "plain: {target: local, outputs: {local: {type: duckdb, path: adopted.duckdb, threads: 2}}}\n",
    "packages.yml": "packages:\n  - local: ../shared\n",
    "selectors.yml": "selectors: [{name: marts, definition: {method: path, value: models/marts}}]\n",
    "macros/functions_of_duckdb.sql": """
{% macro duckdb__scalar_function_create_replace_signature_sql(target_relation) %}
  create or replace function {{ target_relation.render() }}
  ({{ model.arguments | map(attribute='name') | join(', ') }}) as
{% endmacro %}
{% macro duckdb__scalar_function_body_sql() %} ({{ model.compiled_code }}) {% endmacro %}
""",
    "macros/generate_schema_name.sql": """
{% macro generate_schema_name(custom_schema_name, node) %}
  {{ 'elsewhere' if custom_schema_name == 'elsewhere' else default__generate_schema_name(custom_schema_name, node) }}
{% endmacro %}
""",
    "macros/add_note.sql": """
{% macro add_note(text) %}
  {% do run_query("create table main.notes as select '" ~ text ~ "' as note, count(*) as n from " ~ ref('orders')) %}
{% endmacro %}
""",
    "functions/doubled.sql": "amount * 2\n",
    "functions/functions.yml": (
        "functions:\n  - name: doubled\n    arguments: [{name: amount, data_type: 'decimal(12,2)'}]\n"
        "    returns: {data_type: 'decimal(12,2)'}\n"
    ),
    "analyses/look.sql": "select * from {{ ref('orders') }}\n",
    "macros/positive.sql": (
        "{% test positive(model, column_name) %} select * from {{ model }} where {{ column_name }} <= 0 {% endtest %}\n"
    ),
    "macros/grant_nothing.sql": "{% macro grant_nothing() %} {% do log('nothing to grant') %} {% endmacro %}\n",
    "seeds/countries.csv": "code,name\nDE,Germany\nFR,France\n",
    "seeds/raw_orders.csv": (
        "id,country,amount,placed\n1,DE,10.5,2026-01-01 00:00:00\n2,FR,20,2026-01-02 00:00:00\n"
        "3,DE,5,2026-01-03 00:00:00\n"
    ),
    "seeds/seeds.yml": (
        "seeds:\n  - {name: countries, config: {column_types: {code: varchar}}}\n"
        "  - {name: parted, config: {delimiter: ';'}}\n"
        "  - {name: raw_orders, config: {schema: landing, column_types: {amount: 'decimal(12,2)'}}}\n"
    ),
    "models/orders.sql": (
        f"{TABLE}select id, country, amount, {{{{ shared.cents('amount') }}}} as cents, placed\n"
        "from {{ ref('raw_orders') }} where amount >= {{ var('least') }}\n"
    ),
    "models/large.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('orders') }} where amount > 8\n",
    "models/grown.sql": (
        "{{ config(materialized='incremental', unique_key='id') }} select id, cents from {{ ref('large') }}\n"
        "{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}\n"
    ),
    "models/dim_countries_v1.sql": "select code from {{ ref('countries') }}\n",
    "models/dim_countries_v2.sql": "select code, name from {{ ref('countries') }}\n",
    "models/metricflow_time_spine.sql": f"{TABLE}select date_day from {{{{ ref('shared_days') }}}}\n",
    "models/counted.py": (
        "def model(dbt, session):\n    dbt.config(materialized='table')\n"
        "    return dbt.ref('orders').aggregate('country, count(*) as n')\n"
    ),
    "models/doubles.sql": (
        f"{TABLE}select id, {{{{ function('doubled') }}}}(amount) as two from {{{{ ref('orders') }}}}\n"
    ),
    "models/from_source.sql": (
        f"-- depends_on: {{{{ ref('raw_orders') }}}}\n{TABLE}select id from {{{{ source('landed', 'orders') }}}}\n"
    ),
    "models/above.sql": (
        "{{ config(materialized='table_function', parameters=['least']) }}\n"
        "select id from {{ ref('orders') }} where amount > least\n"
    ),
    "models/of_above.sql": f"{TABLE}select count(*) as n from {{{{ ref('above') }}}}(8)\n",
    "models/yearly.sql": (
        "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='placed',"
        " batch_size='year', begin='2026-01-01') }}\nselect id, placed from {{ ref('orders') }}\n"
    ),
    "models/moved.sql": (
        "{{ config(materialized='table', schema='elsewhere', alias='renamed', access='private', group='finance',"
        " persist_docs={'relation': true, 'columns': true}) }}\nselect 1 as one\n"
    ),
    "models/pages.md": "{% docs one %}The number one.{% enddocs %}\n",
    "models/marts/by_country.sql": (
        "select country, name, sum(amount) as amount from {{ ref('orders') }}\n"
        "join {{ ref('dim_countries', v=2) }} on code = country group by all\n"
    ),
    "more_models/last.sql": (
        "{{ config(post_hook='create or replace view {{ this.schema }}.hooked as select 1 as one') }}\n"
        "select max(id) as id from {{ ref('grown') }}\n"
    ),
    "models/schema.yml": """
sources:
  - name: landed
    schema: main_landing
    config: {loaded_at_field: placed, freshness: {warn_after: {count: 36500, period: day}}}
    tables: [{name: orders, identifier: raw_orders}]
groups: [{name: finance, owner: {email: finance@example.com}}]
models:
  - name: orders
    config: {contract: {enforced: true}, event_time: placed}
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}], data_tests: [unique, not_null]}
      - {name: country, data_type: varchar}
      - {name: amount, data_type: 'decimal(12,2)', data_tests: [positive]}
      - {name: cents, data_type: bigint}
      - {name: placed, data_type: timestamp}
  - name: moved
    description: "{{ doc('one') }}"
    columns:
      - name: one
        description: "{{ doc('one') }}"
        data_tests: [{not_null: {config: {store_failures: true}}}, {at_most: {arguments: {most: 1}}}]
  - {name: dim_countries, latest_version: 2, versions: [{v: 1}, {v: 2}]}
  - name: metricflow_time_spine
    time_spine: {standard_granularity_column: date_day}
    columns: [{name: date_day, granularity: day}]
snapshots:
  - {name: orders_then, relation: ref('orders'), config: {strategy: timestamp, unique_key: id, updated_at: placed}}
unit_tests:
  - name: newer_ones_only
    model: grown
    overrides: {macros: {is_incremental: true}}
    given:
      - {input: ref('large'), format: sql, rows: "select 1 as id, 1 as cents union all select 9, 2"}
      - {input: this, format: csv, fixture: grown_before}
    expect: {rows: [{id: 9, cents: 2}]}
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: placed}
    entities: [{name: id, type: primary}]
    dimensions: [{name: placed, type: time, type_params: {time_granularity: day}}]
    measures: [{name: amount, agg: sum}]
metrics:
  - {name: revenue, label: Revenue, type: simple, type_params: {measure: amount}}
  - {name: twice, label: Twice, type: derived, type_params: {expr: revenue * 2, metrics: [revenue]}}
saved_queries:
  - name: revenue_by_day
    query_params: {metrics: [revenue], group_by: ["TimeDimension('id__placed', 'day')"]}
exposures:
  - {name: page, type: dashboard, owner: {email: page@example.com}, depends_on: [ref('by_country')]}
""",
    "snapshots/cents_then.sql": (
        "{% snapshot cents_then %}\n"
        "{{ config(unique_key='id', strategy='timestamp', updated_at='placed', hard_deletes='new_record') }}\n"
        "select id, cents, placed from {{ ref('orders') }}\n{% endsnapshot %}\n"
    ),
    "seeds/parted.csv": "a;b\n1;x\n",
    "tests/generic/at_most.sql": (
        "{% test at_most(model, column_name, most) %}\n"
        "select * from {{ model }} where {{ column_name }} > {{ most }} {% endtest %}\n"
    ),
    "tests/fixtures/grown_before.csv": "id,cents\n5,0\n",
    "tests/no_empty_country.sql": "select * from {{ ref('orders') }} where country is null\n",
}


def write_project(folder: Path) -> Path:
    """The project in `folder/original`, its package in `folder/shared`, linked as `dbt deps` does it."""
    for name, text in PACKAGE.items():
        _write(folder / "shared" / name, text)
    for name, text in PROJECT.items():
        _write(folder / "original" / name, text)
    (folder / "original/dbt_packages").mkdir()
    (folder / "original/dbt_packages/shared").symlink_to("../../shared", target_is_directory=True)
    return folder / "original"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
