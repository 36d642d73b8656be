"""raw_users agrees with the domain's numbers. Seeds are fixed, so a p-value below 1 in 10,000 is a fault."""

import numpy as np
import pytest
from scipy import stats

LEAST_P = 1e-4
COUNTRIES = {"US": 0.40, "GB": 0.15, "CA": 0.12, "AU": 0.08, "DE": 0.10, "FR": 0.08, "JP": 0.07}
REFERRERS = {"google": 35, "direct": 25, "bing": 15, "email": 12 * 1.3, "social": 8 * 1.4, "referral": 5}
IN_JAPAN = {**REFERRERS, "google": 35 * 0.7, "bing": 15 * 0.3, "direct": 25 * 1.2}
TIERS = {"bronze": 0.60, "silver": 0.25, "gold": 0.12, "platinum": 0.03}
WEEK = {1: 1.7, 2: 1.35, 3: 1, 4: 1, 5: 1, 6: 0.3, 7: 0.65}


def fits(sample, query: str, weights: dict) -> None:
    """`query` gives (value, count); the counts agree with the weights by chi-square."""
    counts = dict(sample.execute(query).fetchall())
    assert set(counts) <= set(weights)
    seen = np.array([counts.get(value, 0) for value in weights], dtype=float)
    wanted = np.array(list(weights.values()), dtype=float)
    assert stats.chisquare(seen, wanted / wanted.sum() * seen.sum()).pvalue > LEAST_P


def test_countries(sample) -> None:
    fits(sample, "select country::varchar, count(*) from raw_users group by 1", COUNTRIES)


def test_tiers(sample) -> None:
    fits(sample, "select user_tier::varchar, count(*) from raw_users group by 1", TIERS)


@pytest.mark.parametrize(("where", "weights"), [("country != 'JP'", REFERRERS), ("country = 'JP'", IN_JAPAN)])
def test_referrers_by_country(sample, where: str, weights: dict) -> None:
    fits(sample, f"select referrer::varchar, count(*) from raw_users where {where} group by 1", weights)


def test_tier_country_and_referrer_are_independent(sample) -> None:
    for one, other in (("user_tier", "country"), ("user_tier", "referrer"), ("country", "email_domain = 'gmail.com'")):
        rows = sample.execute(f"select {one}::varchar, ({other})::varchar, count(*) from raw_users group by 1, 2")
        counts = {(a, b): n for a, b, n in rows.fetchall()}
        names = [sorted({key[side] for key in counts}) for side in (0, 1)]
        table = [[counts.get((a, b), 0) for b in names[1]] for a in names[0]]
        assert stats.chi2_contingency(table).pvalue > LEAST_P


def test_domains_of_a_country_are_even(sample) -> None:
    for country in ("US", "GB", "DE", "JP"):
        query = f"select email_domain::varchar, count(*) from raw_users where country = '{country}' group by 1"
        names = [name for name, _ in sample.execute(query).fetchall()]
        assert len(names) == 4
        fits(sample, query, dict.fromkeys(names, 1))


def test_weekly_rhythm_of_sign_ups(sample) -> None:
    days = sample.execute("select isodow(d) from range('2025-01-01'::date, '2026-01-01'::date, interval 1 day) t(d)")
    weights = dict.fromkeys(WEEK, 0.0)
    for (day,) in days.fetchall():
        weights[day] += WEEK[day]
    fits(sample, "select isodow(created_at), count(*) from raw_users group by 1", weights)


def test_seventy_percent_sign_up_in_the_hours_9_to_17(sample) -> None:
    fits(sample, "select signup_hour between 9 and 17, count(*) from raw_users group by 1", {True: 0.7, False: 0.3})
    hours = {hour: 0.7 / 9 if 9 <= hour <= 17 else 0.3 / 15 for hour in range(24)}
    fits(sample, "select signup_hour, count(*) from raw_users group by 1", hours)


def test_sign_ups_are_even_over_whole_weeks_and_within_the_hour(sample) -> None:
    weeks = "(created_at::date - '2025-01-01'::date) // 7"
    fits(sample, f"select {weeks}, count(*) from raw_users where {weeks} < 52 group by 1", dict.fromkeys(range(52), 1))
    within = sample.execute("select epoch_us(created_at) % 3600000000 as us from raw_users").fetchnumpy()["us"]
    assert stats.kstest(within / 3.6e9, "uniform").pvalue > LEAST_P


def test_no_instant_holds_more_users_than_chance_explains(sample) -> None:
    assert (
        sample.execute("select max(n) from (select count(*) n from raw_users group by created_at)").fetchone()[0] <= 2
    )


@pytest.mark.parametrize(
    ("column", "low", "width"), [("activity_propensity", 0.1, 0.9), ("purchase_propensity", 0, 0.8)]
)
def test_propensities_are_even(sample, column: str, low: float, width: float) -> None:
    values = sample.execute(f"select {column} as v from raw_users").fetchnumpy()["v"]
    assert stats.kstest(values, "uniform", args=(low, width)).pvalue > LEAST_P


def test_propensities_are_independent_of_each_other_and_of_time(sample) -> None:
    columns = sample.execute(
        "select activity_propensity a, purchase_propensity p, user_id::double i from raw_users order by user_id"
    ).fetchnumpy()
    for one, other in (("a", "p"), ("a", "i"), ("p", "i")):
        assert stats.pearsonr(columns[one], columns[other]).pvalue > LEAST_P
    assert stats.pearsonr(columns["a"][:-1], columns["a"][1:]).pvalue > LEAST_P
