"""The experiments: campaigns, arms, days, and all that can be said of each, in plain arithmetic.

The sources of the methods stand in docs/experiments.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import pyarrow as pa

from sbdk.datasets.bookstore.grading.expected.raw import RawBookstore, texts

ARMS = ("control", "treatment")
CONFIDENCE, POWER, MISMATCH = 0.95, 0.8, 0.001
NORMAL = NormalDist()
REACH = NORMAL.inv_cdf(0.5 + CONFIDENCE / 2)
"""The normal quantile that a 95 % interval reaches to."""

Row = dict[str, Any]


@dataclass
class Arm:
    """Sums of one arm. Quotients are None where there is nothing to divide by."""

    impressions: int = 0
    clicks: int = 0
    spend: float = 0.0

    def add(self, campaign: Row) -> None:
        self.impressions += campaign["impressions"]
        self.clicks += campaign["clicks"]
        self.spend = round(self.spend + campaign["spend"], 2)

    @property
    def ctr(self) -> float | None:
        return divided(self.clicks, self.impressions)

    @property
    def cpc(self) -> float | None:
        return divided(self.spend, self.clicks)


def divided(above: float | None, below: float | None) -> float | None:
    return None if above is None or not below else above / below


def ab_test_base(raw: RawBookstore) -> pa.Table:
    """A row per campaign of an experiment."""
    rows = [
        {
            **campaign,
            "ctr": divided(campaign["clicks"], campaign["impressions"]),
            "cpc": divided(campaign["spend"], campaign["clicks"]),
            "planned_share": raw.planned[campaign["experiment_id"]],
        }
        for campaign in _campaigns(raw)
    ]
    return _table(rows, "campaign_id", "experiment_id", "treatment_group", "campaign_date", "impressions", "clicks")


def ab_test_summary(raw: RawBookstore) -> pa.Table:
    """A row per experiment and arm."""
    grouped = _grouped(_campaigns(raw), lambda row: (row["experiment_id"], row["treatment_group"]))
    rows = []
    for (experiment, group), campaigns in grouped.items():
        arm, days = _sum(campaigns), {row["campaign_date"] for row in campaigns}
        rows.append(
            {
                "experiment_id": experiment,
                "treatment_group": group,
                "campaigns": len(campaigns),
                "days": len(days),
                "first_date": min(days),
                "last_date": max(days),
                "impressions": arm.impressions,
                "clicks": arm.clicks,
                "spend": arm.spend,
                "ctr": arm.ctr,
                "cpc": arm.cpc,
                "planned_share": raw.planned[experiment],
            }
        )
    return _table(rows, "experiment_id", "treatment_group")


def ab_test_daily_lift(raw: RawBookstore) -> pa.Table:
    """A row per experiment and day."""
    grouped = _grouped(_campaigns(raw), lambda row: (row["experiment_id"], row["campaign_date"]))
    rows = []
    for (experiment, day), campaigns in grouped.items():
        control, treatment = _arms(campaigns)
        log, error = _log_ratio(control, treatment)
        rows.append(
            {
                "experiment_id": experiment,
                "campaign_date": day,
                "control_impressions": control.impressions,
                "control_clicks": control.clicks,
                "treatment_impressions": treatment.impressions,
                "treatment_clicks": treatment.clicks,
                "control_ctr": control.ctr,
                "treatment_ctr": treatment.ctr,
                "relative_lift": _lift(control, treatment),
                "log_ratio": log,
                "standard_error": error,
            }
        )
    return _table(rows, "experiment_id", "campaign_date")


def ab_test_lift_analysis(raw: RawBookstore) -> pa.Table:
    """A row per experiment."""
    grouped = _grouped(_campaigns(raw), lambda row: row["experiment_id"])
    return _table([_analysis(name, rows, raw.planned[name]) for name, rows in grouped.items()], "experiment_id")


def _analysis(experiment: str, campaigns: list[Row], planned: float) -> Row:
    control, treatment = _arms(campaigns)
    lift, absolute = _lift(control, treatment), _absolute(control, treatment)
    z, p_value = _equality(control, treatment)
    cpc = divided(treatment.cpc, control.cpc)
    split = _split(control, treatment, planned)
    significant = None if p_value is None else p_value < 1 - CONFIDENCE
    mismatch = None if split is None else split[1] < MISMATCH
    return {
        "experiment_id": experiment,
        "status": _status(control, treatment),
        "conclusion": _conclusion(mismatch, significant, absolute),
        **{f"control_{name}": getattr(control, name) for name in ("impressions", "clicks", "spend", "ctr", "cpc")},
        **{f"treatment_{name}": getattr(treatment, name) for name in ("impressions", "clicks", "spend", "ctr", "cpc")},
        "absolute_lift": absolute,
        **_difference_interval(control, treatment),
        "relative_lift": lift,
        **_ratio_interval(control, treatment),
        "lift_percent": None if lift is None else 100 * lift,
        "cpc_reduction": None if cpc is None else 1 - cpc,
        "z": z,
        "p_value": p_value,
        "achieved_power": _power(control, treatment, treatment.ctr),
        "minimum_detectable_lift": _detectable(control, treatment),
        "planned_share": planned,
        "observed_share": divided(treatment.impressions, control.impressions + treatment.impressions),
        "split_chi_square": split[0] if split else None,
        "split_p_value": split[1] if split else None,
        **_over_time(campaigns, lift),
        "is_significant": significant,
        "sample_ratio_mismatch": mismatch,
    }


def _status(control: Arm, treatment: Arm) -> str:
    if not control.impressions or not treatment.impressions:
        return "empty_arm"
    if not control.clicks or not treatment.clicks:
        return "no_clicks"
    every = all(arm.clicks == arm.impressions for arm in (control, treatment))
    return "all_clicks" if every else "ok"


def _conclusion(mismatch: bool | None, significant: bool | None, lift: float | None) -> str:
    if mismatch:
        return "mismatch"
    if significant is None or lift is None:
        return "no_result"
    return ("better" if lift > 0 else "worse") if significant else "undecided"


def _lift(control: Arm, treatment: Arm) -> float | None:
    quotient = divided(treatment.ctr, control.ctr)
    return None if quotient is None else quotient - 1


def _absolute(control: Arm, treatment: Arm) -> float | None:
    return None if control.ctr is None or treatment.ctr is None else treatment.ctr - control.ctr


def _difference_interval(control: Arm, treatment: Arm) -> Row:
    """Newcombe's: Wilson's interval of either arm, squared and added."""
    if control.ctr is None or treatment.ctr is None:
        return {"absolute_lift_low": None, "absolute_lift_high": None}
    (low0, high0), (low1, high1) = _wilson(control), _wilson(treatment)
    lift = treatment.ctr - control.ctr
    return {
        "absolute_lift_low": lift - math.hypot(treatment.ctr - low1, high0 - control.ctr),
        "absolute_lift_high": lift + math.hypot(high1 - treatment.ctr, control.ctr - low0),
    }


def _wilson(arm: Arm) -> tuple[float, float]:
    """The roots p of |share − p| = z √(p (1 − p) / n)."""
    n, x, z2 = arm.impressions, arm.clicks, REACH**2
    half = REACH * math.sqrt(z2 / 4 + x * (n - x) / n)
    return (x + z2 / 2 - half) / (n + z2), (x + z2 / 2 + half) / (n + z2)


def _log_ratio(control: Arm, treatment: Arm) -> tuple[float | None, float | None]:
    """(logarithm of the CTRs' ratio, its standard error by the delta method)."""
    if not control.clicks or not treatment.clicks:
        return None, None
    log = math.log(treatment.clicks / treatment.impressions) - math.log(control.clicks / control.impressions)
    variance = sum(1 / arm.clicks - 1 / arm.impressions for arm in (control, treatment))
    return log, math.sqrt(max(variance, 0.0))


def _ratio_interval(control: Arm, treatment: Arm) -> Row:
    """Katz's: normal on the logarithm."""
    log, error = _log_ratio(control, treatment)
    if log is None or not error:
        return {"relative_lift_low": None, "relative_lift_high": None}
    return {
        "relative_lift_low": math.expm1(log - REACH * error),
        "relative_lift_high": math.expm1(log + REACH * error),
    }


def _tails(z: float) -> float:
    """The two-sided p-value of a normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2))


def _equality(control: Arm, treatment: Arm) -> tuple[float | None, float | None]:
    """(z, p-value): the root of Pearson's chi-square of the table of clicks and impressions without a click."""
    n0, n1 = control.impressions, treatment.impressions
    clicked = control.clicks + treatment.clicks
    rest = n0 + n1 - clicked
    if not n0 or not n1 or not clicked or not rest:
        return None, None
    across = treatment.clicks * (n0 - control.clicks) - control.clicks * (n1 - treatment.clicks)
    z = across * math.sqrt((n0 + n1) / (n0 * n1 * clicked * rest))
    return z, _tails(z)


def _power(control: Arm, treatment: Arm, ctr: float | None) -> float | None:
    """Power of the pooled test where `ctr` is true of the treatment."""
    n0, n1, base = control.impressions, treatment.impressions, control.ctr
    if base is None or ctr is None or not n1:
        return None
    pooled = (n0 * base + n1 * ctr) / (n0 + n1)
    null = math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    true = math.sqrt(base * (1 - base) / n0 + ctr * (1 - ctr) / n1)
    if not true:
        return None
    shift = abs(ctr - base)
    return NORMAL.cdf((shift - REACH * null) / true) + NORMAL.cdf((-shift - REACH * null) / true)


def _detectable(control: Arm, treatment: Arm) -> float | None:
    """The least relative rise that is found with the power asked for."""
    base = control.ctr
    if not base or base == 1 or not treatment.impressions:
        return None
    low, high = 0.0, 1 - base
    if (_power(control, treatment, base + high * (1 - 1e-9)) or 0) < POWER:
        return None
    while high - low > 1e-13:
        middle = (low + high) / 2
        found = (_power(control, treatment, base + middle) or 0) >= POWER
        low, high = (low, middle) if found else (middle, high)
    return high / base


def _split(control: Arm, treatment: Arm, planned: float) -> tuple[float, float] | None:
    """(chi-square of the impressions against the planned share, its p-value with one degree of freedom)."""
    total = control.impressions + treatment.impressions
    if not total:
        return None
    chi_square = (treatment.impressions - total * planned) ** 2 / (total * planned * (1 - planned))
    return chi_square, _tails(math.sqrt(chi_square))


def _over_time(campaigns: list[Row], lift: float | None) -> Row:
    """The lift in both halves of the time, and the weighted line through the daily log ratios."""
    days = _grouped(campaigns, lambda row: row["campaign_date"])
    first, last = min(days), max(days)
    early = [row for row in campaigns if (row["campaign_date"] - first) * 2 <= last - first]
    late = [row for row in campaigns if (row["campaign_date"] - first) * 2 > last - first]
    points = []
    for day, rows in days.items():
        log, error = _log_ratio(*_arms(rows))
        if log is not None and error:
            points.append(((day - first).days, log, error**-2))
    slope, z, p_value = _line(points)
    return {
        "early_lift": _lift(*_arms(early)),
        "late_lift": _lift(*_arms(late)),
        "novelty_slope": slope,
        "novelty_z": z,
        "novelty_p_value": p_value,
        "novelty_days": len(points),
        "novelty": _novelty(slope, p_value, lift),
    }


def _line(points: list[tuple[int, float, float]]) -> tuple[float | None, float | None, float | None]:
    """(slope, z, p-value) of the line through (day, value, weight)."""
    weight = math.fsum(w for _, _, w in points)
    if len({day for day, _, _ in points}) < 2:
        return None, None, None
    middle = math.fsum(w * day for day, _, w in points) / weight
    spread = math.fsum(w * (day - middle) ** 2 for day, _, w in points)
    slope = math.fsum(w * (day - middle) * value for day, value, w in points) / spread
    z = slope * math.sqrt(spread)
    return slope, z, _tails(z)


def _novelty(slope: float | None, p_value: float | None, lift: float | None) -> str:
    if slope is None or p_value is None:
        return "too_few_days"
    if p_value >= 1 - CONFIDENCE:
        return "steady"
    return "growing" if slope * (lift or 0) > 0 else "fading"


def _campaigns(raw: RawBookstore) -> list[Row]:
    """The campaigns of experiments, by their ids."""
    names = ("campaign_id", "experiment_id", "treatment_group", "campaign_date", "impressions", "clicks", "spend")
    table = raw.campaign_events
    plain = {name: texts(table[name]) for name in names[:3]}
    other = {"spend": table["spend"].cast(pa.float64()), "campaign_date": table["campaign_date"].cast(pa.date32())}
    rows = pa.table({name: plain.get(name, other.get(name, table[name])) for name in names}).to_pylist()
    return sorted((row for row in rows if row["experiment_id"]), key=lambda row: str(row["campaign_id"]))


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: Mapping[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(sorted(groups.items()))


def _sum(campaigns: Iterable[Row]) -> Arm:
    arm = Arm()
    for campaign in campaigns:
        arm.add(campaign)
    return arm


def _arms(campaigns: list[Row]) -> tuple[Arm, Arm]:
    """(control, treatment)."""
    control, treatment = (_sum(row for row in campaigns if row["treatment_group"] == arm) for arm in ARMS)
    return control, treatment


def _table(rows: list[Row], *first: str) -> pa.Table:
    """The rows, with these columns first."""
    names = [*first, *(name for name in (rows[0] if rows else {}) if name not in first)]
    return pa.table({name: _column(name, [row[name] for row in rows]) for name in names})


def _column(name: str, values: list[Any]) -> pa.Array:
    known = next((value for value in values if value is not None), None)
    kinds = {bool: pa.bool_(), int: pa.int64(), str: pa.string(), date: pa.date32()}
    return pa.array(values, kinds.get(type(known), pa.float64()))
