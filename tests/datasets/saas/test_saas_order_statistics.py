"""raw_orders agrees with the domain's numbers, judged a year after the anchor: all orders of its users are there."""

from datetime import datetime

import numpy as np
import pytest
from scipy import stats

LEAST_P = 1e-4
CATEGORIES = ("subscription", "addon", "renewal")
RANGES = {"subscription": (29.99, 199.99), "addon": (9.99, 79.99), "renewal": (19.99, 299.99)}
FACTORS = {"subscription": (1.0, 1.2, 1.5, 2.0), "addon": (1.0, 1.1, 1.3, 1.6), "renewal": (0.9, 1.0, 1.2, 1.5)}
TIERS = ("bronze", "silver", "gold", "platinum")
STORIES = {
    "bronze": (0.80, 0.15, 0.05),
    "silver": (0.60, 0.30, 0.10),
    "gold": (0.40, 0.40, 0.20),
    "platinum": (0.20, 0.30, 0.50),
}

RATES = "map {'USD': 1.0, 'CAD': 1.43883, 'GBP': .79813, 'AUD': 1.61440, 'EUR': .96256, 'JPY': 156.9545}"
"""Units for a US dollar: cross rates of the European Central Bank's reference rates of 2024-12-31."""


@pytest.fixture(scope="module")
def year_later(world, open_in_duckdb):
    """All orders of the users who signed up before the anchor."""
    connection = open_in_duckdb(world(60_000, 200_000, 150_000), datetime(2027, 1, 1))
    connection.execute("""
        create view members as select *,
            user_id in (select user_id from raw_events where event_type in ('purchase', 'add_to_cart')
                        and "timestamp" < '2026-01-01') as buyer
        from raw_users where created_at < '2026-01-01'""")
    connection.execute(
        f"create view in_dollars as select *, amount / {RATES}[currency::varchar] as dollars from raw_orders"
    )
    connection.execute(
        "create view theirs as select o.*, country, created_at from raw_orders o join members using (user_id)"
    )
    yield connection
    connection.close()


def chi_square(rows: list, weights: dict) -> float:
    seen = dict(rows)
    assert set(seen) <= set(weights)
    counts = np.array([seen.get(value, 0) for value in weights], dtype=float)
    wanted = np.array(list(weights.values()), dtype=float)
    return float(stats.chisquare(counts, wanted / wanted.sum() * counts.sum()).pvalue)


def test_a_user_has_orders_in_proportion_to_likelihood_and_story_sizes(year_later) -> None:
    rows = year_later.execute("""
        select any_value(m.user_tier)::varchar tier, any_value(buyer) buyer, any_value(purchase_propensity) p,
               month(any_value(m.created_at)) // 4 as part, count(o.order_id) n
        from members m left join raw_orders o using (user_id) group by m.user_id""").fetchnumpy()
    size = {tier: single + repeat * 3 + loyal * 5.5 for tier, (single, repeat, loyal) in STORIES.items()}
    tiers = np.array([TIERS.index(tier) for tier in rows["tier"]])
    likelihood = rows["p"] * np.array([1.0, 1.3, 1.6, 2.0])[tiers] * np.where(rows["buyer"], 1.5, 1.0)
    expected = likelihood * np.array([size[tier] for tier in TIERS])[tiers]
    rate = rows["n"].sum() / expected.sum()
    groups = [tiers, rows["buyer"].astype(int), rows["part"], np.digitize(rows["p"], [0.1, 0.2, 0.4, 0.6])]
    for group in groups:
        for value in np.unique(group):
            off = (rows["n"] - rate * expected)[group == value]
            assert abs(off.mean()) < 4.5 * off.std() / np.sqrt(len(off)), (value, off.mean())


@pytest.mark.parametrize("tier", TIERS)
def test_a_story_has_one_or_two_to_four_or_three_to_eight_orders(world, open_in_duckdb, tier: str) -> None:
    """So few stories that nobody has two: a user's orders are then a story's."""
    made = open_in_duckdb(world(40_000, 0, 9_000, distributions={"tiers": {tier: 1}}), datetime(2027, 1, 1))
    rows = made.execute("""
        select n, count(*) from (
            select count(*) n from raw_orders join raw_users using (user_id)
            where created_at < '2026-01-01' group by user_id) group by 1""").fetchall()
    single, repeat, loyal = STORIES[tier]
    weights = {1: single, 2: repeat / 3, **dict.fromkeys((3, 4), repeat / 3 + loyal / 6)}
    assert chi_square(rows, {**weights, **dict.fromkeys((5, 6, 7, 8), loyal / 6)}) > LEAST_P


def test_first_orders_follow_the_gamma_truncated_at_30_days(year_later) -> None:
    days = year_later.execute("""select (epoch_us(order_timestamp) - epoch_us(created_at)) / 86400e6 d
        from theirs where is_first_order""").fetchnumpy()["d"]
    law = stats.gamma(2, scale=30 / 4)
    assert days.max() < 30
    assert stats.kstest(law.cdf(days) / law.cdf(30), "uniform").pvalue > LEAST_P


def test_later_orders_follow_the_gamma_truncated_at_365_days_given_the_first(year_later) -> None:
    columns = year_later.execute("""
        select (epoch_us(order_timestamp) - epoch_us(created_at)) / 86400e6 d, is_first_order,
               min(d) over (partition by user_id) f from theirs qualify not is_first_order""").fetchnumpy()
    law = stats.gamma(2, scale=365 / 4)
    assert columns["d"].max() < 365
    low = law.cdf(columns["f"])
    assert stats.kstest((law.cdf(columns["d"]) - low) / (law.cdf(365) - low), "uniform").pvalue > LEAST_P


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("dear", [True, False])
def test_product_categories(year_later, first: bool, dear: bool) -> None:
    usual = (0.6, 0.3, 0.1) if first else (0.3, 0.4, 0.3)
    boost = (1.2, 0.8, 1.3) if dear else (1, 1, 1)
    weights = {name: a * b for name, a, b in zip(CATEGORIES, usual, boost, strict=True)}
    rows = year_later.execute(
        """select product_category::varchar, count(*) from raw_orders
        where is_first_order = ? and (user_tier in ('gold', 'platinum')) = ? group by 1""",
        [first, dear],
    ).fetchall()
    assert chi_square(rows, weights) > LEAST_P


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("tier", TIERS)
def test_amounts(year_later, category: str, tier: str) -> None:
    amounts = year_later.execute(
        "select dollars::double a from in_dollars where product_category = ? and user_tier = ?", [category, tier]
    ).fetchnumpy()["a"]
    low, high = RANGES[category]
    factors = FACTORS[category][TIERS.index(tier)] * np.linspace(0.9, 1.1, 2001)

    def cdf(x):
        return np.clip((np.asarray(x)[:, None] / factors - low) / (high - low), 0, 1).mean(axis=1)

    assert stats.kstest(amounts[:20_000], cdf).pvalue > LEAST_P


def test_prices_have_the_size_of_their_currency(year_later) -> None:
    """One price list: the median is 69 dollars, or that in yen; no currency is cheap."""
    found = year_later.execute(
        "select currency::varchar, median(amount)::double, median(dollars)::double from in_dollars group by all"
    ).fetchall()
    assert {currency for currency, _, _ in found} == {"USD", "CAD", "GBP", "AUD", "EUR", "JPY"}
    usual = {currency: dollars for currency, _, dollars in found}["USD"]
    for _, _, dollars in found:
        assert dollars == pytest.approx(usual, rel=0.05)
    medians = {currency: median for currency, median, _ in found}
    assert 8_000 < medians["JPY"] < 20_000
    assert medians["GBP"] < medians["EUR"] < medians["USD"] < medians["CAD"] < medians["AUD"]


def test_only_yen_are_whole(year_later) -> None:
    whole = dict(
        year_later.execute(
            "select currency::varchar, avg((amount = floor(amount))::int) from raw_orders group by all"
        ).fetchall()
    )
    assert whole.pop("JPY") == 1
    assert all(0.005 < share < 0.02 for share in whole.values())


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("far", [True, False])
def test_payment_methods(year_later, category: str, large: bool, far: bool) -> None:
    card, paypal, wire = {"subscription": (70, 25, 5), "addon": (60, 35, 5), "renewal": (80, 18, 2)}[category]
    weights = {
        "credit_card": card * (0.9 if large else 1),
        "paypal": paypal * (1.2 if far else 1),
        "wire": wire * (2 if large else 1) * (1.5 if far else 1),
    }
    rows = year_later.execute(
        """select payment_method::varchar, count(*) from in_dollars join raw_users using (user_id)
        where product_category = ? and (dollars > 250) = ? and (country not in ('US', 'CA', 'GB', 'AU')) = ?
        group by 1""",
        [category, large, far],
    ).fetchall()
    assert not rows or chi_square(rows, weights) > LEAST_P


@pytest.mark.parametrize(("where", "share"), [("= 1", 0.30), ("between 2 and 4", 0.10), (">= 5", 0.15)])
def test_discounts(year_later, where: str, share: float) -> None:
    seen, total = year_later.execute(
        f"select count(*) filter (discount_applied), count(*) from raw_orders where order_sequence {where}"
    ).fetchone()
    assert stats.binomtest(seen, total, share).pvalue > LEAST_P


@pytest.mark.parametrize("dear", [True, False])
def test_order_sources(year_later, dear: bool) -> None:
    weights = {
        "web": 0.6 * (0.9 if dear else 1),
        "mobile_app": 0.25,
        "phone": 0.1 * (2 if dear else 1),
        "email_link": 0.05,
    }
    rows = year_later.execute(
        """select order_source::varchar, count(*) from raw_orders
        where (user_tier in ('gold', 'platinum')) = ? group by 1""",
        [dear],
    ).fetchall()
    assert chi_square(rows, weights) > LEAST_P
