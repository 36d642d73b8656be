{# The dates of each entity are consecutive, and the last one is the last day before the clock. Returns those that are not. #}
{% test no_missing_dates(model, entity_column, date_column) %}
  select
    {{ entity_column }},
    {{ date_column }},
    lead({{ date_column }}) over (partition by {{ entity_column }} order by {{ date_column }}) as next_date
  from {{ model }}
  qualify coalesce(next_date, {{ last_day() }} + 1) <> {{ date_column }} + 1
{% endtest %}
