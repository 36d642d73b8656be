-- severity: error
-- description: Names are snake_case; a time is {action}_at, a day {action}_date, and only an identifier is {entity}_id.
select table_schema, table_name, column_name, data_type
from information_schema.columns
where table_schema in ('staging', 'analytics', 'ml_features', 'experiments')
    and (
        not regexp_full_match(column_name, '[a-z][a-z0-9]*(_[a-z0-9]+)*')
        or not regexp_full_match(table_name, '[a-z][a-z0-9]*(_[a-z0-9]+)*')
        or (data_type like 'TIMESTAMP%') <> (column_name like '%\_at' escape '\')
        or (data_type = 'DATE') <> (column_name like '%\_date' escape '\')
        or (column_name like '%\_id' escape '\' and data_type <> 'VARCHAR')
    )
