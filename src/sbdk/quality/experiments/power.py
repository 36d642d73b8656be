"""The power of the test, and the difference that it is likely to find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from sbdk.quality.experiments.arms import Arm, Flags, Floats, ratio
from sbdk.quality.experiments.proportions import critical

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
