"""The analysis of each experiment, as one row of a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import ConfigError
from sbdk.quality.experiments.arms import Arm, Flags, Floats, Trials, floats, ratio, read_trials
from sbdk.quality.experiments.novelty import Novelty, novelty
from sbdk.quality.experiments.proportions import (
    MISMATCH_LEVEL,
    achieved_power,
    difference_interval,
    equality_test,
    minimum_detectable,
    ratio_interval,
    split_test,
)

STATUSES = ("ok", "all_clicks", "no_clicks", "empty_arm", "bad_counts")
"""The last that is true: every impression clicked in both arms; an arm without clicks; one without impressions; counts
that are impossible (null, negative, more clicks than impressions), from which nothing is computed."""
CONCLUSIONS = ("undecided", "better", "worse", "no_result", "mismatch")
NOVELTIES = ("steady", "growing", "fading", "too_few_days")


def analyse(
    arms: pa.Table,
    *,
    planned_share: float = 0.5,
    confidence: float = 0.95,
    power: float = 0.8,
    mismatch_level: float = MISMATCH_LEVEL,
) -> pa.Table:
    """One row per experiment of `arms`, in the order of experiment_id; all experiments are computed at once.

    arms: experiment_id, treatment_group (control or treatment), impressions, clicks, and if there spend and
    campaign_date; rows of any grain, they are summed. A column planned_share (of the treatment in all impressions) goes
    before the argument. Rows without an experiment are skipped.

    Shares, lifts and CTRs are fractions; absolute_lift = treatment's CTR − control's, relative_lift = their ratio − 1.
    A figure that is not defined is null, and `status` gives the reason; there is no NaN and no infinity. The methods
    and their sources are in the docstrings of the functions that compute them. Raises SourceError for arms that cannot
    be read, ConfigError for arguments.
    """
    _check(planned_share=planned_share, confidence=confidence, power=power, mismatch_level=mismatch_level)
    trials = read_trials(arms)
    sound = trials.sound_only()
    control, treatment = sound.arms()
    figures = {
        **_comparison(treatment, control, confidence, power),
        **_split(treatment, control, _planned(arms, trials, planned_share)),
        **_over_time(trend := novelty(sound)),
    }
    mismatch = figures["split_p_value"] < mismatch_level
    significant = figures["p_value"] < 1 - confidence
    return pa.table(
        {
            "experiment_id": trials.names,
            "status": _named(STATUSES, _status(trials.bad, control, treatment)),
            "conclusion": _named(CONCLUSIONS, _conclusion(figures, significant, mismatch)),
            **_arm("control", control, trials.bad),
            **_arm("treatment", treatment, trials.bad),
            **{name: _nullable(values) for name, values in figures.items()},
            "is_significant": _flag(significant, figures["p_value"]),
            "sample_ratio_mismatch": _flag(mismatch, figures["split_p_value"]),
            "novelty_days": pa.array(trend.days.astype(np.int64)),
            "novelty": _named(NOVELTIES, _novelty(figures, 1 - confidence)),
        }
    )


def _check(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 < value < 1:
            raise ConfigError(f"{name} is {value:g}", hint="a share between 0 and 1, without both")


def _planned(arms: pa.Table, trials: Trials, default: float) -> Floats:
    """The planned share of each experiment: that of any of its rows, else the default."""
    shares = np.full(len(trials.names), default)
    if "planned_share" in arms.column_names and len(trials.code):
        planned = floats(arms["planned_share"].filter(pc.is_valid(arms["experiment_id"])))
        known = ~np.isnan(planned)
        shares[trials.code[known]] = planned[known]
        for share in np.unique(shares):
            _check(planned_share=share)
    return shares


def _status(bad: Flags, control: Arm, treatment: Arm) -> Flags:
    """Positions in STATUSES."""
    all_clicked = (control.ctr == 1) & (treatment.ctr == 1)
    no_clicks = (control.clicks == 0) | (treatment.clicks == 0)
    empty = (control.impressions == 0) | (treatment.impressions == 0)
    return np.select([bad, empty, no_clicks, all_clicked], [4, 3, 2, 1], 0)


def _comparison(treatment: Arm, control: Arm, confidence: float, power: float) -> dict[str, Floats]:
    low, high = difference_interval(treatment, control, confidence)
    ratio_low, ratio_high = ratio_interval(treatment, control, confidence)
    z, p_value = equality_test(treatment, control)
    return {
        "absolute_lift": treatment.ctr - control.ctr,
        "absolute_lift_low": low,
        "absolute_lift_high": high,
        "relative_lift": ratio(treatment.ctr, control.ctr) - 1,
        "relative_lift_low": ratio_low - 1,
        "relative_lift_high": ratio_high - 1,
        "lift_percent": 100 * (ratio(treatment.ctr, control.ctr) - 1),
        "cpc_reduction": 1 - ratio(treatment.cpc, control.cpc),
        "z": z,
        "p_value": p_value,
        "achieved_power": achieved_power(treatment, control, confidence),
        "minimum_detectable_lift": minimum_detectable(treatment, control, confidence, power),
    }


def _split(treatment: Arm, control: Arm, planned: Floats) -> dict[str, Floats]:
    statistic, p_value = split_test(treatment, control, planned)
    share = ratio(treatment.impressions, treatment.impressions + control.impressions)
    return {"planned_share": planned, "observed_share": share, "split_chi_square": statistic, "split_p_value": p_value}


def _over_time(trend: Novelty) -> dict[str, Floats]:
    return {
        "early_lift": trend.early,
        "late_lift": trend.late,
        "novelty_slope": trend.slope,
        "novelty_z": trend.z,
        "novelty_p_value": trend.p_value,
    }


def _conclusion(figures: Mapping[str, Floats], significant: Flags, mismatch: Flags) -> Flags:
    """Positions in CONCLUSIONS. A split that is not as planned goes before all else: its causes move CTR, too."""
    risen = figures["absolute_lift"] > 0
    return np.select([mismatch, np.isnan(figures["p_value"]), significant & risen, significant], [4, 3, 1, 2], 0)


def _novelty(figures: Mapping[str, Floats], level: float) -> Flags:
    """Positions in NOVELTIES. fading: the ratio moves back to 1."""
    slope, moves = figures["novelty_slope"], figures["novelty_p_value"] < level
    away = np.sign(slope) == np.sign(figures["relative_lift"])
    return np.select([np.isnan(slope), moves & away, moves], [3, 1, 2], 0)


def _arm(name: str, arm: Arm, bad: Flags) -> dict[str, pa.Array]:
    return {
        f"{name}_impressions": pa.array(arm.impressions.astype(np.int64), mask=bad),
        f"{name}_clicks": pa.array(arm.clicks.astype(np.int64), mask=bad),
        f"{name}_spend": pa.array(arm.spend, mask=bad),
        f"{name}_ctr": _nullable(arm.ctr),
        f"{name}_cpc": _nullable(arm.cpc),
    }


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _flag(flags: Flags, known: Floats) -> pa.Array:
    return pa.array(flags, mask=np.isnan(known))


def _named(names: tuple[str, ...], positions: Flags) -> pa.Array:
    return pa.array(names).take(pa.array(positions))
