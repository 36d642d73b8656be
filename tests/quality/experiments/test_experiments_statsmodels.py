"""The same as statsmodels says, to 1e-9."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.gof import chisquare
from statsmodels.stats.proportion import confint_proportions_2indep, power_proportions_2indep, proportions_ztest

from sbdk.quality.experiments import analyse
from support.arms_of import arms

SAME = {"rel": 1e-9, "abs": 1e-9}


def _counts(cases: int) -> np.ndarray:
    """(control clicks, shown, treatment clicks, shown): from a handful of impressions to millions, some rare clicks."""
    random = np.random.default_rng(7)
    shown = (10 ** random.uniform(1, 6.5, (cases, 2))).astype(int)
    clicks = np.clip(random.binomial(shown, random.uniform(0.001, 0.6, (cases, 1))), 1, shown - 1)
    textbook = [(48, 80, 56, 70), (3, 10, 9, 10), (2, 7, 6, 7), (104, 11_037, 189, 11_034), (12, 99, 5, 83)]
    return np.vstack([textbook, np.stack([clicks[:, 0], shown[:, 0], clicks[:, 1], shown[:, 1]], 1)])


COUNTS = _counts(60)


@pytest.fixture(scope="module")
def rows():
    return analyse(arms(*COUNTS.T), planned_share=0.4).to_pylist()


def test_intervals(rows):
    for (x0, n0, x1, n1), row in zip(COUNTS, rows, strict=True):
        low, high = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff")
        assert (row["absolute_lift_low"], row["absolute_lift_high"]) == pytest.approx((low, high), **SAME)
        low, high = confint_proportions_2indep(x1, n1, x0, n0, method="log", compare="ratio")
        assert (row["relative_lift_low"], row["relative_lift_high"]) == pytest.approx((low - 1, high - 1), **SAME)


def test_z_and_p_value(rows):
    for (x0, n0, x1, n1), row in zip(COUNTS, rows, strict=True):
        z, p_value = proportions_ztest([x1, x0], [n1, n0])
        assert (row["z"], row["p_value"]) == pytest.approx((z, p_value), **SAME)


def test_power(rows):
    for (x0, n0, x1, n1), row in zip(COUNTS, rows, strict=True):
        if x0 / n0 == x1 / n1:
            continue
        base = x0 / n0
        power = power_proportions_2indep(x1 / n1 - base, base, n1, n0 / n1, return_results=False)
        assert row["achieved_power"] == pytest.approx(power, **SAME)
        rise = row["minimum_detectable_lift"]
        if rise is not None:
            found = power_proportions_2indep(base * rise, base, n1, n0 / n1, return_results=False)
            assert found == pytest.approx(0.8, **SAME)


def test_split(rows):
    for (_, n0, _, n1), row in zip(COUNTS, rows, strict=True):
        expected = (n0 + n1) * np.array([0.6, 0.4])
        statistic, p_value = chisquare(np.array([n0, n1], float), expected)
        assert row["split_chi_square"] == pytest.approx(statistic, rel=1e-9)
        assert row["split_p_value"] == pytest.approx(p_value, **SAME)


def test_trend():
    """A weighted line with known variances: statsmodels' WLS with the scale fixed at 1."""
    random = np.random.default_rng(11)
    days, shown = np.sort(random.choice(90, 25, replace=False)), random.integers(1000, 9000, (25, 2))
    clicks = random.binomial(shown, 0.04)
    table = pa.table(
        {
            "experiment_id": ["A"] * 50,
            "treatment_group": ["control", "treatment"] * 25,
            "clicks": clicks.ravel(),
            "impressions": shown.ravel(),
            "campaign_date": pa.array(np.repeat(days, 2) + 20_000, pa.int32()).cast(pa.date32()),
        }
    )
    (row,) = analyse(table).to_pylist()
    ratios = np.log(clicks[:, 1] / shown[:, 1]) - np.log(clicks[:, 0] / shown[:, 0])
    variances = (1 / clicks - 1 / shown).sum(axis=1)
    line = WLS(ratios, np.column_stack([np.ones(25), days]), weights=1 / variances).fit(
        cov_type="fixed scale", cov_kwds={"scale": 1.0}, use_t=False
    )
    assert row["novelty_slope"] == pytest.approx(line.params[1], **SAME)
    assert row["novelty_z"] == pytest.approx(line.tvalues[1], **SAME)
    assert row["novelty_p_value"] == pytest.approx(line.pvalues[1], **SAME)
