"""The frozen quantile tables against their formulas, by other means than they were made with."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sbdk.datasets.saas.distributions import gamma_fraction, gamma_share, table


def test_exponential_gaps() -> None:
    knots = table("exponential_gaps")
    assert len(knots) == 65_537
    for place in (0, 1, 17, 32_768, 65_000, 65_535):
        assert knots[place] == pytest.approx(-math.log1p(-place / 65_536) * 120e6, abs=0.51)
    mean = (knots[1:].astype(float) + knots[:-1]).mean() / 2
    assert mean == pytest.approx(120e6, rel=2e-5)


def test_gamma_days() -> None:
    """F(x) of Gamma(2, 1/4) is 1 − (1 + 4x) e^(−4x)."""
    knots = table("gamma_days")

    def below(x: float) -> float:
        return 1 - (1 + 4 * x) * math.exp(-4 * x)

    for place in (1, 2, 100, 30_000, 60_000, 65_535):
        assert below(knots[place]) / below(1.0) == pytest.approx(place / 65_536, rel=1e-9)
    assert (knots[0], knots[-1]) == (0.0, 1.0)


def test_share_is_the_inverse_of_fraction_and_both_ascend() -> None:
    u = np.sort(np.concatenate([np.linspace(0, 1, 99_991, endpoint=False), np.random.default_rng(1).random(10_000)]))
    x = gamma_fraction(u)
    assert (np.diff(x) >= 0).all()
    assert np.abs(gamma_share(x) - u).max() < 1e-12


def test_session_sizes() -> None:
    """The alias table's probabilities are those of floor(Gamma(2, 2)), by integrating its density."""
    thresholds, alias = table("session_sizes")
    chance = np.zeros(64)
    for slot in range(64):
        chance[slot] += thresholds[slot] / 2**32 / 64
        chance[alias[slot]] += (1 - thresholds[slot] / 2**32) / 64
    density = stats.gamma(2, scale=2).pdf
    assert chance[0] == pytest.approx(0, abs=1e-12)
    assert chance[1] == pytest.approx(integrate.quad(density, 0, 2)[0], abs=1e-9)
    for size in (2, 3, 5, 10, 25, 40):
        assert chance[size] == pytest.approx(integrate.quad(density, size, size + 1)[0], abs=1e-9)
