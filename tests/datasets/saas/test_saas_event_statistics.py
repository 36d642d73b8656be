"""raw_events agrees with the domain's numbers. Seeds are fixed, so a p-value below 1 in 10,000 is a fault."""

import numpy as np
import pytest
from scipy import stats

LEAST_P = 1e-4
TYPES = ("pageview", "login", "signup", "purchase", "add_to_cart", "search")
BY_TIER = {
    "bronze": (0.60, 0.20, 0.05, 0.03, 0.08, 0.04),
    "silver": (0.45, 0.25, 0.02, 0.08, 0.12, 0.08),
    "gold": (0.35, 0.20, 0.01, 0.15, 0.15, 0.14),
    "platinum": (0.25, 0.15, 0.01, 0.25, 0.20, 0.14),
}
REFERRERS = {"google": 35, "direct": 25, "bing": 15, "email": 12 * 1.3, "social": 8 * 1.4, "referral": 5}
IN_JAPAN = {**REFERRERS, "google": 35 * 0.7, "bing": 15 * 0.3, "direct": 25 * 1.2}
BUYING = {"google": 0.3, "direct": 0.2, "bing": 0, "email": 0.4, "social": 0.1, "referral": 0}
WHOLE = """(select session_id, any_value(user_id) user_id, min("timestamp") start, count(*) events,
    any_value(device_type)::varchar device, any_value(browser)::varchar browser,
    any_value(session_duration_planned) planned, any_value(user_tier)::varchar tier
    from raw_events group by session_id having start < '2025-12-31 22:00')"""
"""Sessions that end before the anchor."""


def chi_square(seen: dict, weights: dict) -> float:
    assert set(seen) <= {value for value, weight in weights.items() if weight > 0}
    values = [value for value, weight in weights.items() if weight > 0]
    counts = np.array([seen.get(value, 0) for value in values], dtype=float)
    wanted = np.array([weights[value] for value in values], dtype=float)
    return float(stats.chisquare(counts, wanted / wanted.sum() * counts.sum()).pvalue)


@pytest.mark.parametrize("tier", BY_TIER)
def test_event_types_by_tier(sample, tier: str) -> None:
    seen = sample.execute("select event_type::varchar, count(*) from raw_events where user_tier = ? group by 1", [tier])
    assert chi_square(dict(seen.fetchall()), dict(zip(TYPES, BY_TIER[tier], strict=True))) > LEAST_P


def test_a_session_has_max_of_one_and_floor_of_gamma_events(sample) -> None:
    seen = dict(sample.execute(f"select least(events, 20), count(*) from {WHOLE} group by 1").fetchall())
    law = stats.gamma(2, scale=2)
    weights = {1: law.cdf(2), **{k: law.cdf(k + 1) - law.cdf(k) for k in range(2, 20)}, 20: law.sf(20)}
    assert chi_square(seen, weights) > LEAST_P


def test_devices_and_browsers_of_sessions(sample) -> None:
    devices = dict(sample.execute(f"select device, count(*) from {WHOLE} group by 1").fetchall())
    assert chi_square(devices, {"desktop": 45, "mobile": 45, "tablet": 10}) > LEAST_P
    browsers = dict(sample.execute(f"select browser, count(*) from {WHOLE} group by 1").fetchall())
    weights = {"chrome": 65, "safari": 18, "firefox": 8, "edge": 6, "opera": 2, "other": 1}
    assert chi_square(browsers, weights) > LEAST_P


@pytest.mark.parametrize(("tier", "factor"), [("bronze", 1), ("silver", 1.5), ("gold", 2), ("platinum", 2.5)])
def test_planned_durations_are_even_over_2_to_20_minutes(sample, tier: str, factor: float) -> None:
    seen = dict(sample.execute(f"select planned, count(*) from {WHOLE} where tier = ? group by 1", [tier]).fetchall())
    assert chi_square(seen, {minutes * factor: 1 for minutes in range(2, 21)}) > LEAST_P


def test_gaps_are_exponential_with_two_minutes_up_to_the_cap(sample) -> None:
    columns = sample.execute(f"""
        select epoch_us("timestamp") - lag(epoch_us("timestamp")) over (partition by session_id order by event_sequence)
                   as gap,
               floor(planned * 60e6 / events) as cap
        from raw_events join {WHOLE} using (session_id) qualify gap is not null""").fetchnumpy()
    gap, cap = columns["gap"].astype(float), columns["cap"].astype(float)
    chance = np.exp(-cap / 120e6)
    capped = gap >= cap
    spread = (capped.sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())
    assert abs(spread) < 4
    share = -np.expm1(-gap[~capped] / 120e6) / -np.expm1(-cap[~capped] / 120e6)
    assert stats.kstest(share, "uniform").pvalue > LEAST_P


def test_sessions_go_to_the_users_present_in_proportion_to_activity(sample) -> None:
    users = sample.execute(
        "select epoch_us(created_at) t, activity_propensity a from raw_users order by 1"
    ).fetchnumpy()
    sessions = sample.execute(f"select epoch_us(start) t, user_id u from {WHOLE} order by 1").fetchnumpy()
    present = np.searchsorted(users["t"], sessions["t"])
    per_activity = 1 / np.cumsum(users["a"])[present - 1]
    since = np.append(np.cumsum(per_activity[::-1])[::-1], 0.0)
    expected = users["a"] * since[np.searchsorted(sessions["t"], users["t"])]
    seen = np.bincount(sessions["u"] - 1, minlength=len(expected))
    for group in (np.digitize(users["a"], np.arange(0.2, 1, 0.1)), np.arange(len(expected)) * 12 // len(expected)):
        counts, wanted = np.bincount(group, weights=seen), np.bincount(group, weights=expected)
        assert stats.chisquare(counts, wanted * counts.sum() / wanted.sum()).pvalue > LEAST_P


def test_sessions_arrive_in_proportion_to_the_users_present(sample) -> None:
    users = sample.execute("select epoch_us(created_at) t from raw_users order by 1").fetchnumpy()["t"]
    first = 1_735_689_600_000_000
    hours = first + np.arange(52 * 168) * 3_600_000_000
    weeks = np.searchsorted(users, hours).reshape(52, 168)
    starts = sample.execute(f"select epoch_us(start) t from {WHOLE}").fetchnumpy()["t"]
    seen = np.bincount((starts - first) // 604_800_000_000, minlength=52)[:52]
    wanted = weeks.mean(axis=1)
    assert np.abs(seen / seen.sum() - wanted / wanted.sum()).max() < 0.001
    assert stats.chisquare(seen[1:], wanted[1:] / wanted[1:].sum() * seen[1:].sum()).pvalue > LEAST_P


def test_sessions_have_a_daily_and_a_weekly_rhythm(sample) -> None:
    by_hour = dict(sample.execute(f"select hour(start), count(*) from {WHOLE} group by 1").fetchall())
    assert min(by_hour[h] for h in range(9, 18)) > 3 * max(by_hour[h] for h in range(1, 5))
    by_day = dict(sample.execute(f"select isodow(start), count(*) from {WHOLE} group by 1").fetchall())
    assert max(by_day[6], by_day[7]) < 0.9 * min(by_day[day] for day in range(1, 6))


@pytest.mark.parametrize(
    ("where", "others"),
    [
        ("event_type in ('purchase', 'add_to_cart')", BUYING),
        ("event_type not in ('purchase', 'add_to_cart') and country != 'JP'", REFERRERS),
        ("event_type not in ('purchase', 'add_to_cart') and country = 'JP'", IN_JAPAN),
    ],
)
def test_utm_source_is_mostly_the_users_referrer(sample, where: str, others: dict) -> None:
    rows = sample.execute(f"""select referrer::varchar, utm_source::varchar, count(*)
        from raw_events join raw_users using (user_id) where {where} group by 1, 2""").fetchall()
    for own in REFERRERS:
        weights = {name: 0.3 * weight / sum(others.values()) for name, weight in others.items()}
        weights[own] += 0.7
        assert chi_square({utm: n for referrer, utm, n in rows if referrer == own}, weights) > LEAST_P


@pytest.mark.parametrize("kind", TYPES)
def test_pages_of_an_event_type_are_even(sample, kind: str) -> None:
    seen = dict(
        sample.execute(
            "select page_url::varchar, count(*) from raw_events where event_type = ? group by 1", [kind]
        ).fetchall()
    )
    pages = {"pageview": 5, "login": 2, "signup": 2, "purchase": 2, "add_to_cart": 2000, "search": 2}[kind]
    assert len(seen) == pages
    assert stats.chisquare(list(seen.values())).pvalue > LEAST_P


def test_no_instant_holds_more_events_than_chance_explains(sample) -> None:
    query = 'select max(n) from (select count(*) n from raw_events group by "timestamp")'
    assert sample.execute(query).fetchone()[0] <= 2
