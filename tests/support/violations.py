"""Violations by hand, one or more for each data test of the saas template: each must turn that test red.

A test of several conditions has a violation for each of them. Staging views are changed through their raw table.
"""

from __future__ import annotations

from support.planting import CLOCK, bad_key, change, lose, twice


def nobody(table: str) -> list[str]:
    """A row of a user who does not exist."""
    return [change(table, "user_id = 999999")]


LONG_SESSION = "session_id in (select session_id from stg_events where event_sequence = 3)"
LOYAL_USER = "user_id in (select user_id from raw.raw_orders where order_sequence = 2)"

VIOLATIONS: dict[str, list[str]] = {
    # staging
    "stg_users_primary_key": bad_key("raw.raw_users", "user_id"),
    "unique_stg_users_email": [change("raw.raw_users", "email = 'person.1@gmail.com'", "user_id = 2")],
    "stg_users_accepted_categories": [
        change("raw.raw_users", "country = 'XX'"),
        change("raw.raw_users", "referrer = 'radio'"),
        change("raw.raw_users", "user_tier = null"),
        change("raw.raw_users", "signup_day_of_week = 'Someday'"),
    ],
    "stg_users_rows_satisfy": [
        change("raw.raw_users", f"created_at = {CLOCK}"),
        change("raw.raw_users", "name = ''"),
        change("raw.raw_users", "name = null"),
        change("raw.raw_users", "email = 'nobody'"),
        change("raw.raw_users", "activity_propensity = 1.5"),
        change("raw.raw_users", "purchase_propensity = -0.1"),
    ],
    "stg_users_row_count": ["delete from raw.raw_users"],
    "users_derived_columns_agree": [
        change("raw.raw_users", "email_domain = 'elsewhere.org'"),
        change("raw.raw_users", "signup_day_of_week = dayname(created_at + interval 1 day)"),
        change("raw.raw_users", "signup_hour = (signup_hour + 1) % 24"),
        change("raw.raw_users", "is_weekend_signup = not is_weekend_signup"),
    ],
    "exchange_rates_primary_key": [twice("exchange_rates"), change("exchange_rates", "currency = null")],
    "stg_events_primary_key": bad_key("stg_events", "event_id"),
    "stg_events_user_exists": nobody("stg_events"),
    "stg_events_accepted_categories": [
        change("stg_events", "event_type = 'logout'"),
        change("stg_events", "utm_source = 'radio'"),
        change("stg_events", "user_tier = 'tin'"),
        change("stg_events", "device_type = null"),
        change("stg_events", "browser = 'lynx'"),
    ],
    "stg_events_rows_satisfy": [
        change("stg_events", f"event_at = {CLOCK}"),
        change("stg_events", "session_duration_planned = 0"),
        change("stg_events", "page_url = 'home'"),
        change("stg_events", "page_url = null"),
    ],
    "events_not_before_signup": [change("stg_events", "event_at = event_at - interval 1 year")],
    "sessions_are_whole": [
        lose("stg_events", "event_sequence = 1"),
        lose("stg_events", f"event_sequence = 2 and {LONG_SESSION}"),
        change("stg_events", "event_sequence = 1", "event_sequence = 2"),
        change("stg_events", "user_id = user_id + 1", "event_sequence = 2"),
    ],
    "events_reconcile_with_raw": [lose("stg_events")],
    "stg_orders_primary_key": bad_key("raw.raw_orders", "order_id"),
    "stg_orders_user_exists": nobody("raw.raw_orders"),
    "stg_orders_currency_has_a_rate": [change("raw.raw_orders", "currency = 'CHF'")],
    "stg_orders_accepted_categories": [
        change("raw.raw_orders", "product_category = 'gift'"),
        change("raw.raw_orders", "payment_method = 'cash'"),
        change("raw.raw_orders", "order_source = null"),
        change("raw.raw_orders", "user_tier = 'tin'"),
        change("raw.raw_orders", "currency = 'CHF'"),
    ],
    "stg_orders_rows_satisfy": [
        change("raw.raw_orders", "amount = 0"),
        change("raw.raw_orders", "amount = null"),
        change("raw.raw_orders", "currency = 'CHF'"),
        change("raw.raw_orders", f"order_timestamp = {CLOCK}"),
        change("raw.raw_orders", "is_first_order = not is_first_order"),
        change("raw.raw_orders", "discount_applied = null"),
    ],
    "orders_not_before_signup": [
        change("raw.raw_orders", "order_timestamp = order_timestamp - interval 1 year"),
        change("raw.raw_orders", "days_since_signup = days_since_signup + 1"),
    ],
    "orders_are_numbered": [
        lose("raw.raw_orders", f"order_sequence = 1 and {LOYAL_USER}"),
        change("raw.raw_orders", "order_sequence = 1", "order_sequence = 2"),
        change("raw.raw_orders", "order_sequence = order_sequence + 1", "order_sequence = 5"),
    ],
    # intermediate
    "int_sessions_primary_key": bad_key("int_sessions", "session_id"),
    "int_sessions_user_exists": nobody("int_sessions"),
    "int_user_activity_primary_key": bad_key("int_user_activity", "user_id"),
    "int_user_activity_user_exists": nobody("int_user_activity"),
    "int_user_orders_primary_key": bad_key("int_user_orders", "user_id"),
    "int_user_orders_user_exists": nobody("int_user_orders"),
    # dimensions
    "dim_dates_primary_key": bad_key("dim_dates", "date_day"),
    "dim_dates_no_missing_days": [
        lose("dim_dates", "date_day = '2026-01-20'"),
        change("dim_dates", "date_day = '2025-12-31'"),
        f"insert into dim_dates (date_day) select cast({CLOCK} as date)",
    ],
    "dim_users_primary_key": bad_key("dim_users", "user_id"),
    "dim_users_holds_every_user": [lose("dim_users"), "insert into dim_users (user_id) values (999999)"],
    "user_metrics_primary_key": bad_key("user_metrics", "user_id"),
    "user_metrics_holds_every_user": [lose("user_metrics"), "insert into user_metrics (user_id) values (999999)"],
    "user_metrics_accepted_categories": [
        change("user_metrics", "segment = 'friend'"),
        change("user_metrics", "churn_risk = null"),
    ],
    "user_metrics_rows_satisfy": [
        change("user_metrics", "lifetime_value = -1", "frequency > 0"),
        change("user_metrics", "frequency = -1", "frequency > 0"),
        change("user_metrics", "monetary_value = -1"),
        change("user_metrics", "days_inactive = -1"),
        change("user_metrics", "days_inactive = recency + 1", "frequency > 0"),
        change("user_metrics", "segment = 'prospect'", "frequency > 0"),
        change("user_metrics", "segment = 'new'", "frequency = 0"),
        change("user_metrics", "recency = null, days_inactive = 0", "frequency > 0"),
        change("user_metrics", "lifetime_value = 5", "frequency = 0"),
    ],
    "user_metrics_reconcile": [
        change("user_metrics", "lifetime_value = lifetime_value + 0.01"),
        change("user_metrics", "frequency = frequency + 1"),
    ],
    # facts
    "fct_orders_primary_key": bad_key("fct_orders", "order_id"),
    "fct_orders_user_exists": nobody("fct_orders"),
    "fct_orders_day_exists": [change("fct_orders", "order_date = '1999-12-31'")],
    "orders_reconcile_with_raw": [
        lose("fct_orders"),
        change("fct_orders", "amount = amount + 0.01"),
        change("fct_orders", "currency = 'CHF'"),
    ],
    "fct_user_daily_activity_primary_key": [
        *bad_key("fct_user_daily_activity", "user_id"),
        change("fct_user_daily_activity", "activity_date = null"),
    ],
    "fct_user_daily_activity_user_exists": nobody("fct_user_daily_activity"),
    "fct_user_daily_activity_day_exists": [change("fct_user_daily_activity", "activity_date = '1999-12-31'")],
    "fct_user_daily_activity_rows_satisfy": [
        change(
            "fct_user_daily_activity",
            "total_events = 0, distinct_event_types = 0, purchase_count = 0, order_count = 0, total_revenue = 0",
        ),
        change("fct_user_daily_activity", "distinct_event_types = total_events + 1"),
        change("fct_user_daily_activity", "purchase_count = total_events + 1"),
        change("fct_user_daily_activity", "total_revenue = 0", "order_count > 0"),
        change("fct_user_daily_activity", "days_since_signup = -1"),
    ],
    "daily_activity_reconciles": [
        lose("fct_user_daily_activity"),
        change("fct_user_daily_activity", "total_events = total_events + 1"),
        change("fct_user_daily_activity", "order_count = order_count + 1"),
        change("fct_user_daily_activity", "total_revenue = total_revenue + 0.01"),
        change("fct_user_daily_activity", "activity_date = activity_date + 1"),
    ],
    "daily_revenue_primary_key": bad_key("daily_revenue", "revenue_date"),
    "daily_revenue_no_missing_days": [
        lose("daily_revenue", "revenue_date = '2026-01-20'"),
        f"insert into daily_revenue (revenue_date) select cast({CLOCK} as date)",
    ],
    "daily_revenue_reconciles": [
        change("daily_revenue", "orders = orders + 1"),
        change("daily_revenue", "revenue_usd = revenue_usd + 0.01, addon_usd = addon_usd + 0.01"),
        change("daily_revenue", "addon_usd = addon_usd + 0.01"),
        "update daily_revenue set cumulative_revenue_usd = cumulative_revenue_usd + 0.01",
    ],
    "acquisition_funnel_primary_key": [
        *bad_key("acquisition_funnel", "referrer"),
        change("acquisition_funnel", "signup_month = null"),
    ],
    "acquisition_funnel_only_narrows": [
        change("acquisition_funnel", "activated = signed_up + 1"),
        change("acquisition_funnel", "filled_cart = activated + 1"),
        change("acquisition_funnel", "filled_cart = -1"),
        change("acquisition_funnel", "customers = signed_up + 1"),
        change("acquisition_funnel", "repeat_customers = customers + 1"),
        change("acquisition_funnel", "repeat_customers = -1"),
        change("acquisition_funnel", "revenue_usd = 0", "customers > 0"),
    ],
    "funnel_reconciles": [
        change("acquisition_funnel", "signed_up = signed_up + 1"),
        change("acquisition_funnel", "customers = customers + 1"),
        change("acquisition_funnel", "revenue_usd = revenue_usd + 0.01"),
    ],
}  # fmt: skip
