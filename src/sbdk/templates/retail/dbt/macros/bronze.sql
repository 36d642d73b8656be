{#
  Records as received, each cell in its type as far as it can be: `fault` says why a record is malformed, `drift` what
  in it is not as agreed and does no harm. New records only, and those that somebody asked to judge again (`replay` is
  the number of that request; a request carries the record as it is now).
#}
{% macro bronze(stream) %}
{% set columns = delivered_columns(stream) %}
{% set raw = source('raw', 'raw_' ~ stream) %}
{% set replays = source('raw', 'raw_replays') %}
with replays as (
  select
    requests.received as replay, cast(json_extract_string(requests.record, '$.received') as bigint) as received,
    json_extract_string(requests.record, '$.record') as record,
    json_extract_string(requests.record, '$.fault') as fault,
    ingest_timestamp, run_id
  from {{ replays }} as requests
  where case when json_valid(requests.record) then json_extract_string(requests.record, '$.stream') end = '{{ stream }}'
  qualify row_number() over (
    partition by json_extract_string(requests.record, '$.received') order by requests.received desc
  ) = 1
),

received as (
  select
    raw.received, raw.source_file, raw.source_position, replays.replay,
    coalesce(replays.ingest_timestamp, raw.ingest_timestamp) as ingest_timestamp,
    coalesce(replays.run_id, raw.run_id) as run_id,
    coalesce(replays.record, raw.record) as record,
    case when replays.replay is null then raw.fault else replays.fault end as unreadable
  from {{ raw }} as raw
  left join replays using (received)
  {% if is_incremental() %}
  where raw.received > (select coalesce(max(received), -1) from {{ this }})
    or replays.replay > (select coalesce(max(replay), -1) from {{ this }})
  {% endif %}
),

judged as (
  select *, case
    when unreadable is not null then unreadable
    when not json_valid(record) then 'no JSON'
    when json_type(record) <> 'OBJECT' then 'no JSON object'
    when len(json_keys(record)) <> len(list_distinct(json_keys(record))) then 'a name stands twice in the object'
  end as broken
  from received
),

split as (
  select
    received, source_file, source_position, ingest_timestamp, run_id, replay, broken,
    case when broken is null then json_extract_string(record, {{ json_paths(columns) }}) end as texts,
    case when broken is null then json_type(record, {{ json_paths(columns) }}) end as types,
    case when broken is null then json_keys(record) end as names
  from judged
),

typed as (
  select
    received, source_file, source_position, ingest_timestamp, run_id, replay, broken, texts, types, names
    {% for column in columns %}, {{ typed_cell(column, loop.index) }} as "{{ column.name }}"
    {% endfor %}
  from split
)

select
  {% if columns %}{{ names_of(columns) }},{% endif %}
  received, source_file, source_position, ingest_timestamp, run_id, replay,
  coalesce(broken, nullif(concat_ws('; '
    {% for column in columns %}, {{ cell_fault(column, loop.index) }}
    {% endfor %}), '')) as fault,
  nullif(concat_ws('; ',
    case when len(names) > {{ columns | length }} then 'unknown: ' || array_to_string(
      list_filter(names, lambda name: name not in ({% for column in columns %}'{{ column.name }}'{{ ', ' if not loop.last }}{% endfor %})), ', ') end
    {% for column in columns if column.type not in ['VARCHAR', 'TIMESTAMP'] %}
    , case when types[{{ columns.index(column) + 1 }}] = 'VARCHAR' and "{{ column.name }}" is not null then '{{ column.name }} came as text' end
    {% endfor %}), '') as drift
from typed
{% endmacro %}

{% macro json_paths(columns) -%}
  [{% for column in columns %}'$."{{ column.name }}"'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}

{# A cell in its type, null if it cannot be: no rounding, no words for numbers, no times out of range. #}
{% macro typed_cell(column, index) -%}
  {%- set text = "texts[" ~ index ~ "]" -%}
  {%- set type = column.type -%}
  {%- if type == "VARCHAR" -%} case when types[{{ index }}] = 'VARCHAR' then {{ text }} end
  {%- elif type == "TIMESTAMP" -%}
    case when try_cast({{ text }} as timestamp) between timestamp '{{ var("earliest_time") }}' and timestamp '{{ var("latest_time") }}'
      then try_cast({{ text }} as timestamp) end
  {%- elif type.startswith("DECIMAL") -%}
    case when regexp_full_match({{ text }}, '-?[0-9]+([.][0-9]{1,{{ type.split(",")[1] | replace(")", "") | trim }}}0*)?') then try_cast({{ text }} as {{ type }}) end
  {%- else -%} case when regexp_full_match({{ text }}, '-?[0-9]+') then try_cast({{ text }} as {{ type }}) end
  {%- endif -%}
{%- endmacro %}

{# What is wrong with a cell: absent, null where it must not be, or of another type. Null if nothing is. #}
{% macro cell_fault(column, index) -%}
  case when broken is not null then null
    when types[{{ index }}] is null then '{{ column.name }} is missing'
    when types[{{ index }}] = 'NULL' then {{ "null" if column.nullable else "'" ~ column.name ~ " is null'" }}
    when "{{ column.name }}" is null then '{{ column.name }} is no {{ column.type | replace("'", "") }}: ' || left(texts[{{ index }}], 60)
  end
{%- endmacro %}
