"""Two independent proportions: intervals for their difference and ratio, tests of equality and of the split, and power.

The test of the split between the arms finds a sample ratio mismatch. The power is that of the test of equality.
Everything is NaN where it is not defined. x1 of n1 are the treatment's clicks, x2 of n2 the control's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from sbdk.quality.experiments.arms import Arm, Flags, Floats, ratio

MISMATCH_LEVEL = 0.001
"""Below this the split is a mismatch: Kohavi, Tang, Xu (2020), Trustworthy Online Controlled Experiments, ch. 21."""


def critical(confidence: float) -> float:
    """The normal quantile that a two-sided interval of this confidence reaches to: 1.96 for .95."""
    return float(ndtri(0.5 + confidence / 2))


def difference_interval(treatment: Arm, control: Arm, confidence: float) -> tuple[Floats, Floats]:
    """For p1 − p2: the hybrid of two Wilson score intervals.

    Method 10 of Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, 873–890. It is defined without clicks, too.
    """
    z = critical(confidence)
    low1, high1 = _wilson(treatment, z)
    low2, high2 = _wilson(control, z)
    p1, p2 = treatment.ctr, control.ctr
    low = p1 - p2 - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return low, high


def _wilson(arm: Arm, z: float) -> tuple[Floats, Floats]:
    """Wilson's score interval of one proportion (Wilson 1927)."""
    n, p = np.where(arm.impressions > 0, arm.impressions, np.nan), arm.ctr
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


def ratio_interval(treatment: Arm, control: Arm, confidence: float) -> tuple[Floats, Floats]:
    """For p1 / p2: normal on the logarithmic scale.

    Method C of Katz, D. et al. (1978), Obtaining confidence intervals for the risk ratio in cohort studies,
    Biometrics 34, 469–474. Needs clicks in both arms, and an impression without one.
    """
    log, error = log_ratio(treatment, control)
    reach = critical(confidence) * error
    return np.exp(log - reach), np.exp(log + reach)


def log_ratio(treatment: Arm, control: Arm) -> tuple[Floats, Floats]:
    """(log of p1 / p2, its standard error by the delta method)."""
    p1, p2 = treatment.ctr, control.ctr
    fit = (p1 > 0) & (p2 > 0) & ~((p1 == 1) & (p2 == 1))
    variance = sum(ratio(1 - arm.ctr, arm.clicks) for arm in (treatment, control))
    log = np.log(np.where(fit, ratio(p1, p2), np.nan))
    return log, np.sqrt(np.where(fit, variance, np.nan))


def equality_test(treatment: Arm, control: Arm) -> tuple[Floats, Floats]:
    """(z, two-sided p-value) of p1 = p2, with the variance of the pooled proportion.

    Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 3.2, without the
    continuity correction. Its square is Pearson's chi-square of the 2 × 2 table.
    """
    pooled = ratio(treatment.clicks + control.clicks, treatment.impressions + control.impressions)
    both = ratio(np.ones_like(pooled), treatment.impressions) + ratio(np.ones_like(pooled), control.impressions)
    z = ratio(treatment.ctr - control.ctr, np.sqrt(pooled * (1 - pooled) * both))
    return z, 2 * ndtr(-np.abs(z))


def split_test(treatment: Arm, control: Arm, planned_share: Floats) -> tuple[Floats, Floats]:
    """(chi-square with one degree of freedom, p-value) of the impressions against the treatment's planned share.

    Fabijan, A. et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD, 2156–2164. One
    arm without impressions is a mismatch like another; NaN where both are empty.
    """
    total = treatment.impressions + control.impressions
    expected = total * planned_share
    off = (treatment.impressions - expected) ** 2
    statistic = ratio(off, expected) + ratio(off, total - expected)
    return statistic, np.where(np.isnan(statistic), np.nan, chdtrc(1, np.nan_to_num(statistic)))


_HALVINGS = 60


def power_at(p1: Floats, p2: Floats, n1: Floats, n2: Floats, confidence: float) -> Floats:
    """Power of the two-sided pooled z-test where p1 and p2 are true, by the normal approximation.

    The variance is the pooled one under equality and the separate one under the alternative: Fleiss, Levin, Paik
    (2003), section 4.2. NaN without impressions or without variance.
    """
    pooled = ratio(n1 * p1 + n2 * p2, n1 + n2)
    ones = np.ones_like(pooled)
    null = np.sqrt(pooled * (1 - pooled) * (ratio(ones, n1) + ratio(ones, n2)))
    alternative = np.sqrt(ratio(p1 * (1 - p1), n1) + ratio(p2 * (1 - p2), n2))
    reach, shift = critical(confidence) * null, np.abs(p1 - p2)
    power: Floats = ndtr(ratio(shift - reach, alternative)) + ndtr(ratio(-shift - reach, alternative))
    return power


def achieved_power(treatment: Arm, control: Arm, confidence: float) -> Floats:
    """Power at the difference that was observed.

    It says no more than the p-value does (Hoenig and Heisey 2001, The abuse of power, The American Statistician 55,
    19–24); what an experiment could have found is `minimum_detectable`.
    """
    return power_at(treatment.ctr, control.ctr, treatment.impressions, control.impressions, confidence)


def minimum_detectable(treatment: Arm, control: Arm, confidence: float, power: float) -> Floats:
    """The least rise over the control's CTR, relative to it, that the test finds with this power.

    NaN where no rise is, or where the control has no clicks.
    """
    base, room = control.ctr, 1 - control.ctr

    def short(rise: Floats) -> Flags:
        return power_at(base + rise, base, treatment.impressions, control.impressions, confidence) < power

    # At the very end there is no variance left in one arm; just below it, power is as great as it gets.
    reachable = ~short(room * (1 - 1e-9)) & (base > 0) & (room > 0)
    return np.where(reachable, ratio(_least(short, room), base), np.nan)


def _least(short: Callable[[Floats], Flags], room: Floats) -> Floats:
    """The boundary of `short` between 0 and room, by bisection: it is monotone, and 60 halvings exhaust a float."""
    low, high = np.zeros_like(room), room
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = short(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high
