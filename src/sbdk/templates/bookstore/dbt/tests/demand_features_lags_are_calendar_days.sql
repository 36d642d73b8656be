-- A lag of seven days is what was sold seven days of the calendar before, whatever the rows between.
{% for days in [1, 7, 30] -%}
select later.book_id, later.feature_date, {{ days }} as lag_days, later.units_lag_{{ days }} as units_lag, earlier.target_units as sold
from {{ ref('demand_forecasting_features') }} as later
join {{ ref('demand_forecasting_features') }} as earlier
    on earlier.book_id = later.book_id and earlier.feature_date = later.feature_date - {{ days }}
where later.units_lag_{{ days }} is distinct from earlier.target_units
{{ 'union all' if not loop.last }}
{% endfor %}
