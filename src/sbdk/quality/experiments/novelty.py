"""The change of the lift with time: people click what is new, and stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sbdk.quality.experiments.arms import Floats, Integers, Trials, ratio
from sbdk.quality.experiments.proportions import log_ratio


@dataclass(frozen=True)
class Novelty:
    """days: with clicks in both arms. early, late: relative lift in the first and second half of the time.

    slope: change per day of log(CTR ratio), with z and p_value of no change; NaN with fewer than two such days.
    """

    days: Floats
    early: Floats
    late: Floats
    slope: Floats
    z: Floats
    p_value: Floats


def novelty(trials: Trials) -> Novelty:
    """A straight line through the daily log ratios, each weighted by the inverse of its variance.

    That is fixed-effect meta-regression on the day: Thompson and Sharp (1999), Explaining heterogeneity in
    meta-analysis, Statistics in Medicine 18, 2693–2708; the daily estimates and variances are those of Katz (1978).
    Days without clicks in one of the arms have no ratio, and are left out.
    """
    count = len(trials.names)
    if trials.day is None or not len(trials.code):
        nothing = np.full(count, np.nan)
        return Novelty(np.zeros(count), nothing, nothing, nothing, nothing, nothing)
    since = trials.day - _first_day(trials, trials.day)
    code, time, y, weight = _daily(trials, since)

    def total(values: Floats) -> Floats:
        return np.bincount(code, values, count).astype(np.float64)

    mean_time = ratio(total(weight * time), total(weight))
    mean_y = ratio(total(weight * y), total(weight))
    off = time - mean_time[code]
    days = total(np.ones_like(time))
    spread = np.where(days >= 2, total(weight * off**2), 0)  # of one day it is 0 but for rounding
    slope = ratio(total(weight * off * (y - mean_y[code])), spread)
    z = slope * np.sqrt(spread)
    early, late = _halves(trials, since)
    return Novelty(days, early, late, slope, z, 2 * ndtr(-np.abs(z)))


def _first_day(trials: Trials, day: Integers) -> Integers:
    first = np.full(len(trials.names), np.iinfo(np.int64).max)
    np.minimum.at(first, trials.code, day)
    return first[trials.code]


def _daily(trials: Trials, since: Integers) -> tuple[Integers, Floats, Floats, Floats]:
    """(experiment, days since its first, log ratio, weight) of every day that has a ratio."""
    span = int(since.max()) + 1
    days, group = np.unique(trials.code * span + since, return_inverse=True)
    control, treatment = trials.arms(group, len(days))
    y, error = log_ratio(treatment, control)
    known = error > 0
    return (
        (days[known] // span).astype(np.int64),
        (days[known] % span).astype(np.float64),
        y[known],
        error[known] ** -2.0,
    )


def _halves(trials: Trials, since: Integers) -> tuple[Floats, Floats]:
    """Relative lift up to the middle of the time from first to last day, and after it."""
    last = np.zeros(len(trials.names), np.int64)
    np.maximum.at(last, trials.code, since)
    half = trials.code * 2 + (2 * since > last[trials.code])
    control, treatment = trials.arms(half, 2 * len(trials.names))
    lift = ratio(treatment.ctr, control.ctr) - 1
    return lift[::2], lift[1::2]
