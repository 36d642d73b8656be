{# The table has at least `at_least` and at most `at_most` rows. #}
{% test row_count_between(model, at_least, at_most) %}
  select count(*) as rows_found
  from {{ model }}
  having count(*) not between {{ at_least }} and {{ at_most }}
{% endtest %}
