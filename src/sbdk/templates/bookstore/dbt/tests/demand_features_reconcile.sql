-- What was sold of a book is what its targets add up to, and what units_before has reached on the last day.
with features as (
    select
        book_id,
        min(feature_date) as first_date,
        sum(target_units) as targets,
        max_by(units_before + target_units, feature_date) as reached
    from {{ ref('demand_forecasting_features') }}
    group by book_id
),

sold as (
    select
        features.book_id,
        coalesce(sum(sales.quantity) filter (sales.sale_date >= features.first_date), 0) as targets,
        coalesce(sum(sales.quantity), 0) as reached
    from features
    left join {{ ref('fact_sales') }} as sales on sales.book_id = features.book_id and sales.sale_date >= {{ start_day() }}
    group by features.book_id
)

select features.*, sold.targets as sold_targets, sold.reached as sold_reached
from features
join sold using (book_id)
where features.targets <> sold.targets or features.reached <> sold.reached
