"""Plausible wrong lines of each model of the bookstore: the right text, and the wrong one in its place."""

from __future__ import annotations

LATER = "cast(created_at as timestamp) + interval 5 hours as created_at"
CREATED = "cast(created_at as timestamp) as created_at"

WRONG = {
    "staging/stg_books.sql": [
        ("cast(price as decimal(12, 2)) as list_price", "cast(price as decimal(12, 0)) as list_price"),
        ("trim(format) as book_format", "trim(genre) as book_format"),
        ("nullif(trim(title), '') as title", "upper(trim(title)) as title"),
        ("cast(page_count as integer) as page_count", "cast(page_count / 2 as integer) as page_count"),
        (CREATED, LATER),
    ],
    "staging/stg_publishers.sql": [
        ("active_status = 'Active' as is_active", "active_status <> 'Active' as is_active"),
        ("trim(publisher_type) as publisher_type", "trim(active_status) as publisher_type"),
        ("cast(established_year as integer) as", "cast(established_year + 1 as integer) as"),
        ("cast(total_titles as integer) as", "cast(established_year as integer) as"),
        ("nullif(trim(country), '') as country", "nullif(trim(publisher_name), '') as country"),
        (CREATED, LATER),
    ],
    "staging/stg_sales.sql": [
        ("cast(quantity as integer) as quantity", "1 as quantity"),
        ("cast(coalesce(discount_percent, 0) as decimal(5, 2))", "cast(0 as decimal(5, 2))"),
        ("cast(total_amount as decimal(18, 2))", "cast(quantity * unit_price as decimal(18, 2))"),
        ("cast(sale_date as date) as sale_date", "cast(created_at - interval 5 hours as date) as sale_date"),
        ("trim(channel) as channel", "trim(region) as channel"),
        (CREATED, LATER),
    ],
    "staging/stg_inventory.sql": [
        ("cast(coalesce(stock_quantity, 0) as integer)", "cast(coalesce(reorder_point, 0) as integer)"),
        ("cast(coalesce(reorder_point, 0) as integer)", "cast(0 as integer)"),
        ("cast(last_restock_date as date)", "cast(created_at as date)"),
        ("cast(storage_cost_per_unit as decimal(12, 2))", "cast(storage_cost_per_unit as decimal(12, 1))"),
        ("cast(shelf_life_days as integer)", "cast(shelf_life_days / 2 as integer)"),
    ],
    "staging/stg_campaign_events.sql": [
        ("cast(coalesce(clicks, 0) as bigint)", "cast(coalesce(clicks, 0) + 1 as bigint)"),
        ("cast(coalesce(impressions, 0) as bigint)", "cast(round(impressions, -2) as bigint)"),
        ("cast(coalesce(spend, 0) as decimal(18, 2))", "cast(coalesce(spend, 0) as decimal(18, 0))"),
        ("cast(campaign_date as date)", "cast(campaign_date as date) + 1"),
        (
            "nullif(trim(treatment_group), '') as",
            "case when treatment_group = 'control' then 'treatment' else 'control' end as",
        ),
    ],
    "marts/dim_books.sql": [
        ("books.page_count < 150 then", "books.page_count <= 150 then"),
        ("books.list_price < 15 then", "books.list_price <= 15 then"),
        ("books.list_price < 50 then 'Premium'", "books.list_price < 45 then 'Premium'"),
        ("cast(books.created_at as date)", "cast(books.created_at as date) + 1"),
        ("publishers.publisher_name,", "publishers.publisher_type as publisher_name,"),
        ("as publishers using (publisher_id)", "as publishers using (publisher_id) where publishers.is_active"),
    ],
    "marts/dim_publishers.sql": [
        ("count(*) as books", "count(distinct genre) as books"),
        ("min(created_at)", "max(created_at)"),
        ("publishers.total_titles,", "catalogue.books as total_titles,"),
        ("coalesce(catalogue.books, 0)", "coalesce(catalogue.books, 0) + 1"),
        ("publishers.created_at\n", "catalogue.first_listed_at as created_at\n"),
    ],
    "marts/fact_sales.sql": [
        ("cast(sales.quantity * sales.unit_price as decimal(18, 2))", "cast(sales.unit_price as decimal(18, 2))"),
        ("sales.quantity * sales.unit_price - sales.total_amount", "sales.unit_price - sales.total_amount"),
        ("    sales.created_at\nfrom", "    cast(sales.sale_date as timestamp) as created_at\nfrom"),
        ("    sales.discount_percent,\n", "    sales.discount_percent / 100 as discount_percent,\n"),
        ("    sales.sale_date,\n", "    sales.sale_date + 1 as sale_date,\n"),
        ("    sales.total_amount,\n", "    2 * sales.total_amount as total_amount,\n"),
        (
            "    select * from {{ ref('stg_sales') }}\n",
            "    select distinct on (book_id) * from {{ ref('stg_sales') }}\n",
        ),
    ],
    "marts/sales_performance_daily.sql": [
        ("count(distinct book_id)", "count(book_id)"),
        ("sum(total_amount) as revenue", "sum(gross_amount) as revenue"),
        ("rows 6 preceding", "rows 7 preceding"),
        ("lag(revenue, 7)", "lag(revenue, 6)"),
        ("interval 1 day", "interval 2 day"),
        ("sum(quantity) as units", "count(quantity) as units"),
    ],
    "marts/inventory_optimization.sql": [
        ("cast(sum(stock_quantity) as integer)", "cast(max(stock_quantity) as integer)"),
        (" filter (stock_quantity > 0)", ""),
        ("{{ var('lead_time_days') + var('target_cover_days') }}", "{{ var('target_cover_days') }}"),
        ("sum(stock_quantity * storage_cost_per_unit)", "sum(storage_cost_per_unit)"),
        ("max(sale_date) as last_sale_date", "min(sale_date) as last_sale_date"),
        ("when units_sold = 0 then 'idle'", "when units_sold = 0 then 'healthy'"),
    ],
    "ml_features/book_features.sql": [
        ("as date)", "as date) - 1"),
        ("select *", "select distinct on (genre) *"),
        ("select *", "select * replace (units_total as units_30)"),
        ("as_of_date = cast", "as_of_date >= date '2025-12-01' and as_of_date <= cast"),
        ("select *", "select * exclude (velocity_score)"),
    ],
    "ml_features/book_features_history.sql": [
        ("on sales.sale_date < dates.as_of_date", "on sales.sale_date <= dates.as_of_date"),
        ("percent_rank()", "cume_dist()"),
        ("partition by as_of_date order by", "order by"),
        ("least(30, books.days_listed)", "30"),
        ("sum(sales.total_amount) as revenue,", "sum(sales.gross_amount) as revenue,"),
        ("datesub('month'", "datediff('month'"),
        ("as_of_date - last_sale_date", "as_of_date - last_sale_date - 1"),
    ],
    "ml_features/demand_forecasting_features.sql": [
        ("lag(units, 1)", "lag(units, 0)"),
        ("lag(units, 7)", "lag(units, 6)"),
        (
            "rows between 7 preceding and 1 preceding) as bigint) as sum_7",
            "rows between 6 preceding and current row) as bigint) as sum_7",
        ),
        ("rows between 30 preceding", "rows between 29 preceding"),
        ("cast(isodow(history.feature_date)", "cast(dayofweek(history.feature_date)"),
        ("(least(history.days_before, 7) - 1)", "least(history.days_before, 7)"),
        ("history.units as target_units", "coalesce(history.lag_1, 0) as target_units"),
        ("where history.feature_date > books.listed_date", "where history.units > 0"),
        ("history.feature_date - history.last_sale_date", "history.feature_date - history.last_sale_date - 1"),
    ],
    "experiments/ab_test_base.sql": [
        ("spend / nullif(clicks, 0)", "spend / nullif(impressions, 0)"),
        (", 0.5) as planned_share", ", 0.4) as planned_share"),
        ("where experiment_id is not null", "where experiment_id is not null and clicks > 100"),
        ("clicks / nullif(impressions, 0) as ctr", "impressions / nullif(clicks, 0) as ctr"),
        ("  spend,\n", "  spend * 1.1 as spend,\n"),
    ],
    "experiments/ab_test_summary.sql": [
        ("sum(clicks) / nullif(sum(impressions), 0)", "avg(ctr)"),
        ("sum(spend) / nullif(sum(clicks), 0)", "avg(cpc)"),
        ("count(*) as campaigns", "count(distinct treatment_group) as campaigns"),
        ("min(campaign_date) as first_date", "max(campaign_date) as first_date"),
        ("cast(sum(clicks) as bigint)", "cast(max(clicks) as bigint)"),
    ],
    "experiments/ab_test_daily_lift.sql": [
        ("nullif(control_ctr, 0) - 1 as", "nullif(control_ctr, 0) as"),
        ("treatment_ctr / nullif(control_ctr, 0) - 1", "control_ctr / nullif(treatment_ctr, 0) - 1"),
        ("ln(", "log10("),
        ("sqrt(", "abs("),
        ("control_clicks / nullif(control_impressions, 0)", "control_clicks / nullif(treatment_impressions, 0)"),
    ],
    "experiments/ab_test_lift_analysis.py": [
        ("confidence=0.95", "confidence=0.9"),
        ("power=0.8", "power=0.9"),
        ('.order("campaign_id").to_arrow_table()', '.order("campaign_id").limit(20).to_arrow_table()'),
        (".to_arrow_table()", '.to_arrow_table().drop_columns(["spend"])'),
        (".to_arrow_table()", '.to_arrow_table().drop_columns(["campaign_date"])'),
    ],
}  # fmt: skip
"""By file below models/."""
