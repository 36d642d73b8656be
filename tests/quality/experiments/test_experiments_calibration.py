"""Of many experiments whose truth is known, as many are hit and missed as the figures promise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sbdk.datasets.union import open_dataset
from sbdk.quality.experiments import analyse
from sbdk.spec.world import WorldSettings
from support.arms_of import arms

MANY = 20_000
LIFTS = (0, 0.05, 0.1, -0.05)
VOLUMES = {"publishers": 1, "books": 1, "sales": 1, "inventory": 1, "campaign_events": 50}


def figures(table: pa.Table, name: str) -> np.ndarray:
    return table[name].to_numpy(zero_copy_only=False).astype(float)


def held(table: pa.Table, kind: str, truth: np.ndarray) -> float:
    """Share of intervals that hold the truth."""
    return float(np.mean((figures(table, f"{kind}_low") <= truth) & (truth <= figures(table, f"{kind}_high"))))


@pytest.fixture(scope="module")
def simulated():
    """(analysis, true CTR of the control, true relative lift): binomials of NumPy, with traffic split by chance."""
    random = np.random.default_rng(20_261_121)
    ctr, lift = random.uniform(0.02, 0.1, MANY), random.choice(LIFTS, MANY)
    traffic = random.integers(2_000, 20_000, MANY)
    treated = random.binomial(traffic, 0.5)
    clicks = random.binomial(traffic - treated, ctr), random.binomial(treated, ctr * (1 + lift))
    return analyse(arms(clicks[0], traffic - treated, clicks[1], treated)), ctr, lift


def test_the_intervals_hold_the_truth_95_times_of_100(simulated):
    table, ctr, lift = simulated
    assert 0.942 <= held(table, "relative_lift", lift) <= 0.958
    assert 0.942 <= held(table, "absolute_lift", ctr * lift) <= 0.958


def test_a_test_of_two_equal_arms_is_positive_5_times_of_100():
    random = np.random.default_rng(42)
    ctr, shown = random.uniform(0.02, 0.1, MANY), random.integers(1_000, 10_000, (2, MANY))
    clicks = random.binomial(shown, ctr)
    table = analyse(arms(clicks[0], shown[0], clicks[1], shown[1]))
    assert 0.042 <= np.mean(figures(table, "p_value") < 0.05) <= 0.058


def test_the_split_test_is_wrong_as_often_as_its_level_says(simulated):
    p_values = figures(simulated[0], "split_p_value")
    assert 0.045 <= np.mean(p_values < 0.05) <= 0.055
    assert np.mean(figures(simulated[0], "sample_ratio_mismatch")) <= 0.002  # 0.001 is meant


def test_power_is_the_share_of_tests_that_find_the_difference(simulated):
    """A lift of the minimum that is detectable is found 80 times of 100: simulated again, with just that lift."""
    random = np.random.default_rng(5)
    table, ctr, _ = simulated
    shown = [table[f"{arm}_impressions"].to_numpy() for arm in ("control", "treatment")]
    base = analyse(arms((ctr * shown[0]).round().astype(int), shown[0], np.ones(MANY, int), shown[1]))
    rates = figures(base, "control_ctr")
    raised = rates * (1 + figures(base, "minimum_detectable_lift"))
    second = analyse(arms(random.binomial(shown[0], rates), shown[0], random.binomial(shown[1], raised), shown[1]))
    found = [each in ("better", "mismatch") for each in second["conclusion"].to_pylist()]
    assert 0.79 <= np.mean(found) <= 0.81


def test_a_steady_lift_looks_like_a_trend_5_times_of_100():
    random = np.random.default_rng(9)
    count, days = 4_000, 10
    shown = random.integers(1_000, 10_000, (count, days, 2))
    clicks = random.binomial(shown, np.array([0.05, 0.055]))
    table = pa.table(
        {
            "experiment_id": np.repeat([f"{number:05d}" for number in range(count)], 2 * days),
            "treatment_group": np.tile(["control", "treatment"], count * days),
            "impressions": shown.ravel(),
            "clicks": clicks.ravel(),
            "campaign_date": pa.array(np.tile(np.repeat(np.arange(days), 2), count), pa.int32()).cast(pa.date32()),
        }
    )
    assert 0.04 <= np.mean(figures(analyse(table), "novelty_p_value") < 0.05) <= 0.06


def world(seed: int, campaigns: int):
    settings = WorldSettings(
        seed, datetime(2025, 1, 1), datetime(2026, 1, 1), {**VOLUMES, "campaign_events": campaigns}
    )
    made = open_dataset("bookstore", settings, Path())
    return made, pa.Table.from_batches(list(made.tables["campaign_events"].batches()))


def test_the_generator_s_own_experiments_hold_their_truth_over_many_seeds():
    """100 projects of the default size, 5 experiments each: three standard errors around 95 %."""
    hits, positives, mismatches = [], [], []
    for seed in range(100):
        made, campaigns = world(seed, 50)
        truth, table = made.experiments(), analyse(campaigns)
        lift = figures(truth, "true_lift")
        low, high = figures(table, "relative_lift_low"), figures(table, "relative_lift_high")
        hits.append((low <= lift) & (lift <= high))
        positives.append(figures(table, "p_value")[lift == 0] < 0.05)
        mismatches.append(figures(table, "sample_ratio_mismatch"))
        assert table["experiment_id"].to_pylist() == truth["experiment_id"].to_pylist()
    assert 0.92 <= np.mean(hits) <= 0.98
    assert np.mean(positives) <= 0.12
    assert np.mean(mismatches, axis=0)[-1] == 1  # the one that was spoilt, each time
    assert np.sum(mismatches) - 100 <= 4  # of the 400 others, 0.4 are meant


def test_each_pair_of_the_generator_s_campaigns_is_an_experiment_of_its_own():
    """40,000 pairs of one seed: coverage, and the split of the traffic, to a fraction of a per cent."""
    made, campaigns = world(1, 100_000)
    truth = dict(zip(*(made.experiments()[name].to_pylist() for name in ("experiment_id", "true_lift")), strict=True))
    names = campaigns["experiment_id"].cast(pa.string()).to_numpy(zero_copy_only=False)
    inside = np.array([name is not None for name in names])
    assert (names[::2] == names[1::2]).all()
    pairs = np.repeat(np.arange(len(names) // 2), 2)
    numbered = campaigns.set_column(1, "experiment_id", pa.array([f"{pair:07d}" for pair in pairs])).filter(
        pa.array(inside)
    )
    lift = np.array([truth[name] for name in names[::2] if name is not None])
    table = analyse(numbered)
    assert table.num_rows == len(lift) >= 20_000
    assert 0.942 <= held(table, "relative_lift", lift) <= 0.958
    fair = names[::2][inside[::2]] != "EXP_005"
    assert 0.042 <= np.mean(figures(table, "split_p_value")[fair] < 0.05) <= 0.058
    assert 0.042 <= np.mean(figures(table, "p_value")[lift == 0] < 0.05) <= 0.058
