"""Examples that others have published, to the digits that they print."""

from __future__ import annotations

import pytest

from sbdk.quality.experiments import analyse
from support.arms_of import one


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873–890, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_interval_of_a_difference_newcombe_1998(first, second, low, high):
    row = one(*second, *first)
    assert (round(row["absolute_lift_low"], 4), round(row["absolute_lift_high"], 4)) == (low, high)


def test_interval_of_a_ratio_and_z_of_the_aspirin_study():
    """Agresti (2007), An Introduction to Categorical Data Analysis, section 2.2: heart attacks under placebo and under
    aspirin; 189 of 11,034 and 104 of 11,037: relative risk 1.82, 95 % interval (1.43, 2.30); chi-square 25.0."""
    row = one(104, 11_037, 189, 11_034)
    assert round(row["relative_lift"] + 1, 2) == 1.82
    assert round(row["relative_lift_low"] + 1, 2) == 1.43
    assert row["relative_lift_high"] + 1 == pytest.approx(2.30, abs=0.01)
    assert round(row["z"] ** 2, 1) == 25.0
    assert row["is_significant"]


def test_two_proportions_of_the_statsmodels_manual():
    """statsmodels.stats.proportion.proportions_ztest: count [5, 12], nobs [83, 99] gives a p-value of 0.159."""
    assert round(one(12, 99, 5, 83)["p_value"], 3) == 0.159


def test_a_mismatch_that_looks_small():
    """Kohavi, Tang, Xu (2020), Trustworthy Online Controlled Experiments, chapter 21: 821,588 users in the control and
    815,482 in the treatment, planned 50/50, have a p-value of 1.8E-6."""
    row = one(10_000, 821_588, 12_000, 815_482)
    assert f"{row['split_p_value']:.1E}" == "1.8E-06"
    assert row["sample_ratio_mismatch"]
    assert row["conclusion"] == "mismatch"


def test_the_slope_of_two_days_is_the_difference_of_two_estimates():
    """Altman and Bland (2003), Interaction revisited, BMJ 326, 219: z = (a − b) / sqrt(SE(a)² + SE(b)²)."""
    import math

    import pyarrow as pa

    counts = [(100, 1000), (150, 1000), (200, 2000), (210, 2000)]  # control, treatment; four days apart
    table = pa.table(
        {
            "experiment_id": ["A"] * 4,
            "treatment_group": ["control", "treatment"] * 2,
            "clicks": [clicks for clicks, _ in counts],
            "impressions": [shown for _, shown in counts],
            "campaign_date": pa.array([0, 0, 4, 4], pa.int32()).cast(pa.date32()),
        }
    )
    (row,) = analyse(table).to_pylist()
    first, second = math.log(1.5), math.log(1.05)
    variance = (1 / 100 + 1 / 150 - 2 / 1000) + (1 / 200 + 1 / 210 - 2 / 2000)
    assert row["novelty_slope"] == pytest.approx((second - first) / 4, rel=1e-12)
    assert row["novelty_z"] == pytest.approx((second - first) / math.sqrt(variance), rel=1e-12)
    assert (row["novelty"], row["novelty_days"]) == ("fading", 2)
    assert row["early_lift"] == pytest.approx(0.5)
    assert row["late_lift"] == pytest.approx(0.05)
