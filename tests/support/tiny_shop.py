"""A project in which an edit of each kind touches something else."""

FILES = {
    "pipelines/things.py": """
import dlt


@dlt.resource(name="things", primary_key="id", write_disposition="replace")
def things():
    yield [{"id": number, "size": number * 10} for number in range(1, 6)]
""",
    "dbt/seeds/names.csv": "id,name\n1,one\n2,two\n3,three\n4,four\n5,five\n",
    "dbt/models/doubled.sql": (
        "{{ config(materialized='table') }}\nselect id, 2 * size as size from {{ source('raw', 'things') }}\n"
    ),
    "dbt/models/named.sql": (
        "{{ config(materialized='table') }}\n"
        "select d.id, n.name, {{ halved('d.size') }} as size\n"
        "from {{ ref('doubled') }} d join {{ ref('names') }} n using (id)\n"
    ),
    "dbt/models/grown.sql": (
        "{{ config(materialized='incremental', unique_key='id') }}\n"
        "select id, size + 1 as size from {{ ref('doubled') }}\n"
        "{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}\n"
    ),
    "dbt/models/apart.sql": "{{ config(materialized='table') }}\nselect 7 as id\n",
    "dbt/macros/halved.sql": "{% macro halved(column) %} cast({{ column }} / 2 as integer) {% endmacro %}\n",
    "dbt/models/models.yml": """
sources:
  - {name: raw, schema: raw, tables: [{name: things}]}
models:
  - {name: doubled, columns: [{name: id, data_tests: [unique]}]}
  - {name: apart, columns: [{name: id, data_tests: [not_null]}]}
""",
    "checks/all_there.sql": "select 1 where (select count(*) from raw.things) < 1\n",
    "checks/small.sql": "select * from doubled where size > 10000\n",
}
