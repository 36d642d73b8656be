"""Experiments are honest draws: what an exact analysis expects of them holds over many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sbdk.datasets.bookstore.campaigns import binomial
from support.bookstores import bookstore, in_duckdb

PAIRS = 60_000


@pytest.fixture(scope="module")
def arms():
    """By experiment: impressions and clicks of both arms, a pair each, as columns (control, treatment)."""
    shop = in_duckdb(bookstore(campaign_events=2 * PAIRS))
    rows = shop.execute(
        """select experiment_id, campaign_id, treatment_group, campaign_date, impressions, clicks, spend
        from campaign_events where experiment_id is not null order by campaign_id"""
    ).fetchnumpy()
    found = {}
    for name in sorted(set(rows["experiment_id"])):
        mine = rows["experiment_id"] == name
        assert set(rows["treatment_group"][mine][::2]) == {"control"}
        assert (rows["campaign_date"][mine][::2] == rows["campaign_date"][mine][1::2]).all()
        found[name] = [rows[column][mine].reshape(-1, 2) for column in ("impressions", "clicks", "spend")]
    return found


TRUE = {"EXP_001": 0.0, "EXP_002": 0.05, "EXP_003": 0.10, "EXP_004": -0.05, "EXP_005": 0.05}


def known() -> dict[str, dict[str, object]]:
    return {row["experiment_id"]: row for row in bookstore().experiments().to_pylist()}


def test_the_truth_is_the_promised_one():
    assert {name: row["true_lift"] for name, row in known().items()} == TRUE
    assert [name for name, row in known().items() if row["sample_ratio_mismatch"]] == ["EXP_005"]
    assert {row["planned_share"] for row in known().values()} == {0.5}
    assert {name: row["true_share"] for name, row in known().items()} == dict.fromkeys(TRUE, 0.5) | {"EXP_005": 0.4}


@pytest.mark.parametrize("name", TRUE)
def test_clicks_are_binomial(arms, name):
    impressions, clicks, _ = arms[name]
    control = known()[name]["true_control_ctr"]
    for arm, rate in enumerate((control, control * (1 + TRUE[name]))):
        n, k = impressions[:, arm], clicks[:, arm]
        assert stats.binomtest(int(k.sum()), int(n.sum()), rate).pvalue > 1e-4
        place = stats.binom.cdf(k - 1, n, rate) + np.random.default_rng(1).random(len(k)) * stats.binom.pmf(k, n, rate)
        assert stats.kstest(place, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("name", TRUE)
def test_traffic_is_split_visitor_by_visitor(arms, name):
    shown = arms[name][0]
    total, share = shown.sum(axis=1), known()[name]["true_share"]
    place = stats.binom.cdf(shown[:, 1] - 1, total, share)
    place += np.random.default_rng(2).random(len(place)) * stats.binom.pmf(shown[:, 1], total, share)
    assert stats.kstest(place, "uniform").pvalue > 1e-4


def test_the_sample_ratio_test_is_positive_where_it_should_be(arms):
    for name, (shown, _, _) in arms.items():
        even = shown.sum(axis=1, keepdims=True) / 2
        positive = (stats.chi2.sf(((shown - even) ** 2 / even).sum(axis=1), 1) < 0.01).mean()
        assert positive == 1 if name == "EXP_005" else positive == pytest.approx(0.01, abs=0.005)


def test_equal_arms_differ_as_often_as_they_may(arms):
    (shown, clicks, _) = arms["EXP_001"]
    pooled = clicks.sum(axis=1) / shown.sum(axis=1)
    error = np.sqrt(pooled * (1 - pooled) * (1 / shown).sum(axis=1))
    rates = clicks / shown
    positive = np.abs(rates[:, 1] - rates[:, 0]) > stats.norm.isf(0.025) * error
    assert 0.042 < positive.mean() < 0.058


def test_intervals_cover_the_truth(arms):
    """The interval of the ratio of two rates on the logarithm's scale (Katz et al., Biometrics 1978), 50,000 times."""
    inside = []
    for name, (shown, clicks, _) in arms.items():
        ratio = np.log(clicks[:, 1] / shown[:, 1]) - np.log(clicks[:, 0] / shown[:, 0])
        error = np.sqrt((1 / clicks - 1 / shown).sum(axis=1))
        inside.append(np.abs(ratio - np.log1p(TRUE[name])) < stats.norm.isf(0.025) * error)
    assert sum(map(len, inside)) == 5 * PAIRS // 6
    assert 0.942 < np.concatenate(inside).mean() < 0.958


def test_a_better_click_through_makes_a_click_cheaper(arms):
    for name, (_, clicks, spend) in arms.items():
        cost = spend.sum(axis=0) / clicks.sum(axis=0)
        assert 0.2 < cost[0] < 1
        assert cost[1] / cost[0] == pytest.approx(1 / (1 + TRUE[name]), rel=0.01)


def test_other_seeds_are_other_draws_of_the_same_law():
    """Each arm of each day, of 150 default shops."""
    deviations = []
    for seed in range(150):
        shop = bookstore(seed=seed)
        for batch in shop.tables["campaign_events"].batches():
            for row in batch.to_pylist():
                if row["experiment_id"]:
                    truth = known_rate(row["experiment_id"], row["treatment_group"])
                    spread = (row["impressions"] * truth * (1 - truth)) ** 0.5
                    deviations.append((row["clicks"] - row["impressions"] * truth) / spread)
    assert len(deviations) == 150 * 42
    assert np.mean(deviations) == pytest.approx(0, abs=4 / len(deviations) ** 0.5)
    assert np.var(deviations) == pytest.approx(1, abs=0.05)


RATES = {
    (row["experiment_id"], group): row["true_control_ctr"] * (1 + row["true_lift"] * (group == "treatment"))
    for row in bookstore().experiments().to_pylist()
    for group in ("control", "treatment")
}


def known_rate(experiment: str, group: str) -> float:
    return RATES[experiment, group]


@pytest.mark.parametrize(("trials", "chance"), [(1, 0.5), (5, 0.25), (10, 0.03), (64, 0.9), (65, 0.5), (200, 0.4)])
def test_small_binomials_have_exactly_the_law(trials, chance):
    rows = np.arange(100_000, dtype=np.uint64)
    units = round(chance * 2**20)
    drawn = binomial(np.uint64(3), rows, np.full(len(rows), trials), np.full(len(rows), units))
    law = stats.binom.pmf(np.arange(trials + 1), trials, units / 2**20) * len(rows)
    found = np.bincount(drawn, minlength=trials + 1)
    likely = law > 5
    found = np.append(found[likely], found[~likely].sum())
    law = np.append(law[likely], law[~likely].sum())
    assert stats.chisquare(found[law > 0], law[law > 0]).pvalue > 1e-4


def test_binomials_without_trials_or_chance_are_nothing():
    rows = np.arange(5, dtype=np.uint64)
    assert binomial(np.uint64(3), rows, np.zeros(5, np.int64), np.full(5, 1000)).tolist() == [0] * 5
    assert binomial(np.uint64(3), rows, np.full(5, 10_000), np.zeros(5, np.int64)).tolist() == [0] * 5
