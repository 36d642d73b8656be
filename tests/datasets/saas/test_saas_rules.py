"""Rules that no row may break: each query returns the rows that do."""

import duckdb
import pytest

BROKEN = {
    "user ids are 1..N in time order": """
        select * from (select user_id, row_number() over (order by created_at, user_id) as place from raw_users)
        where user_id != place""",
    "event ids are 1..N in time order": """
        select * from (select event_id, row_number() over (order by "timestamp", event_id) as place from raw_events)
        where event_id != place""",
    "order ids are 1..N in time order": """
        select * from (select order_id, row_number() over (order by order_timestamp, order_id) as place from raw_orders)
        where order_id != place""",
    "session ids are 1..S by the session's start": """
        select * from (
            select session_id, row_number() over (order by min("timestamp"), session_id) as place
            from raw_events group by session_id) where session_id != place""",
    "an event's user exists": "from raw_events anti join raw_users using (user_id)",
    "an order's user exists": "from raw_orders anti join raw_users using (user_id)",
    "no event before its sign-up": """
        select * from raw_events join raw_users using (user_id) where "timestamp" <= created_at""",
    "no order before its sign-up": """
        select * from raw_orders join raw_users using (user_id) where order_timestamp <= created_at""",
    "nothing outside the range": """
        select created_at from raw_users where created_at not between '2025-01-01' and '2025-12-31 23:59:59.999999'
        union all select "timestamp" from raw_events where "timestamp" >= '2026-01-01'
        union all select order_timestamp from raw_orders where order_timestamp >= '2026-01-01'""",
    "a session has one user, tier, device, browser and planned duration": """
        select session_id from raw_events group by session_id
        having count(distinct user_id) + count(distinct user_tier) + count(distinct device_type)
             + count(distinct browser) + count(distinct session_duration_planned) != 5""",
    "event_sequence is dense from 1 and ascends with time": """
        select * from (
            select *, row_number() over (partition by session_id order by "timestamp", event_id) as place
            from raw_events) where event_sequence != place""",
    "a gap is at most the planned duration over the session's events": """
        with gaps as (
            select session_id, session_duration_planned * 60e6 / count(*) over (partition by session_id) as cap,
                   epoch_us("timestamp") - lag(epoch_us("timestamp"))
                       over (partition by session_id order by event_sequence) as gap
            from raw_events)
        select * from gaps where gap > cap or gap <= 0""",
    "planned durations are 2..20 minutes times the tier's factor": """
        select * from raw_events where session_duration_planned
            / map {'bronze': 1.0, 'silver': 1.5, 'gold': 2.0, 'platinum': 2.5}[user_tier::varchar]
            not in (select * from range(2, 21))""",
    "an event's tier is the user's": """
        select * from raw_events join raw_users u using (user_id) where raw_events.user_tier != u.user_tier""",
    "an order's tier is the user's": """
        select * from raw_orders join raw_users u using (user_id) where raw_orders.user_tier != u.user_tier""",
    "page and event type agree": r"""
        select * from raw_events where not regexp_full_match(page_url::varchar, case event_type::varchar
            when 'pageview' then '/(home|products|about|blog|pricing)' when 'login' then '/(login|account)'
            when 'signup' then '/(signup|register)' when 'purchase' then '/(checkout|payment)'
            when 'search' then '/(search|products)'
            else '/(products|shop)/([1-9]|[1-9]\d|[1-9]\d\d|1000)' end)""",
    "order_sequence is the user's 1st, 2nd, … in time order, dense": """
        select * from (
            select *, row_number() over (partition by user_id order by order_timestamp, order_id) as place
            from raw_orders) where order_sequence != place or is_first_order != (place = 1)""",
    "the first order comes within 30 days, later ones within 365": """
        select * from raw_orders join raw_users using (user_id)
        where order_timestamp - created_at
            > case when is_first_order then interval 30 days else interval 365 days end""",
    "days_since_signup are whole days since the sign-up": """
        select * from raw_orders join raw_users using (user_id)
        where days_since_signup != (epoch_us(order_timestamp) - epoch_us(created_at)) // 86400000000""",
    "the currency is the country's": """
        select * from raw_orders join raw_users using (user_id) where currency::varchar !=
            map {'US': 'USD', 'CA': 'CAD', 'GB': 'GBP', 'AU': 'AUD', 'DE': 'EUR', 'FR': 'EUR', 'JP': 'JPY'}
            [country::varchar]""",
    "amounts lie in their category's range": """
        with dollars as (
            select *, map {'USD': 1, 'CAD': 1.4388, 'GBP': .7981, 'AUD': 1.6144, 'EUR': .9626, 'JPY': 156.95}
                [currency::varchar]::double as rate, amount / rate as dollars from raw_orders)
        select * from dollars where dollars not between
            map {'subscription': 29.99, 'addon': 9.99, 'renewal': 19.99 * .9}[product_category::varchar] * .8999 - .02
            and map {'subscription': 199.99 * 2, 'addon': 79.99 * 1.6, 'renewal': 299.99 * 1.5}
            [product_category::varchar] * 1.1001 + .02""",
    "yen are whole": "from raw_orders where currency = 'JPY' and amount != floor(amount)",
    "the domain is the e-mail's": "from raw_users where email not like '%_@' || email_domain::varchar",
    "the domain is one of the country's": """
        select * from raw_users where not list_contains(case country::varchar
            when 'GB' then ['gmail.com', 'yahoo.co.uk', 'hotmail.co.uk', 'btinternet.com']
            when 'DE' then ['gmail.com', 'web.de', 'gmx.de', 'yahoo.de']
            when 'JP' then ['gmail.com', 'yahoo.co.jp', 'hotmail.co.jp', 'nifty.com']
            else ['gmail.com', 'yahoo.com', 'hotmail.com', 'outlook.com'] end, email_domain::varchar)""",
    "the local part is ASCII, as people write it": r"""
        select * from raw_users where not regexp_full_match(email, '[a-z]{2,}[._-][a-z]{2,}([1-9]\d*)?@[a-z.]+')""",
    "no e-mail twice": "select email from raw_users group by email having count(*) > 1",
    "day, hour and weekend of the sign-up agree with created_at": """
        select * from raw_users where signup_day_of_week != dayname(created_at) or signup_hour != hour(created_at)
            or is_weekend_signup != (isodow(created_at) >= 6)""",
    "propensities lie in their ranges": """
        select * from raw_users where activity_propensity not between .1 and 1
            or purchase_propensity not between 0 and .8""",
    "no value is missing": """
        select 1 from (
            select count(*) as rows, (select count(*) from raw_users where columns(*) is not null) as whole
            from raw_users
            union all select count(*), (select count(*) from raw_events where columns(*) is not null) from raw_events
            union all select count(*), (select count(*) from raw_orders where columns(*) is not null) from raw_orders)
        where rows != whole""",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_no_row_breaks_the_rule(sample: duckdb.DuckDBPyConnection, rule: str) -> None:
    assert sample.execute(BROKEN[rule]).fetchmany(3) == []


@pytest.mark.faults
def test_no_row_breaks_a_rule_at_a_million_users(world, open_in_duckdb) -> None:
    large = open_in_duckdb(world(1_000_000, 5_000_000, 2_000_000))
    assert {rule: large.execute(query).fetchmany(1) for rule, query in BROKEN.items()} == {rule: [] for rule in BROKEN}
