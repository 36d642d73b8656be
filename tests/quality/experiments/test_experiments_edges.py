"""What cannot be said is null, and a status says why. Nothing is ever divided by zero."""

from __future__ import annotations

import json
import math
import warnings

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.core.errors import ConfigError, SourceError
from sbdk.quality.experiments import CONCLUSIONS, STATUSES, analyse
from support.arms_of import arms, one

RATIOS = ("relative_lift_low", "relative_lift_high", "cpc_reduction")
DAY = pa.array([0], pa.int32()).cast(pa.date32())[0]


@pytest.mark.parametrize(
    ("counts", "status", "conclusion", "known", "unknown"),
    [
        ((5, 100, 0, 0), "empty_arm", "mismatch", ["control_ctr"], ["absolute_lift", "p_value", "relative_lift"]),
        ((0, 0, 0, 0), "empty_arm", "no_result", ["planned_share"], ["observed_share", "split_p_value", "control_ctr"]),
        ((0, 100, 0, 120), "no_clicks", "no_result", ["absolute_lift_low"], ["relative_lift", "p_value", *RATIOS]),
        ((0, 100, 9, 120), "no_clicks", "better", ["p_value", "absolute_lift_low"], ["relative_lift", *RATIOS]),
        ((9, 100, 0, 120), "no_clicks", "worse", ["p_value", "relative_lift"], RATIOS),
        ((50, 50, 60, 60), "all_clicks", "no_result", ["relative_lift", "absolute_lift_high"], ["p_value", "z"]),
        ((40, 50, 60, 60), "ok", "better", ["p_value", *RATIOS[:2]], []),
    ],
)
def test_a_stated_result(counts, status, conclusion, known, unknown):
    row = one(*counts)
    assert (row["status"], row["conclusion"]) == (status, conclusion)
    assert [name for name in known if row[name] is None] == []
    assert [name for name in unknown if row[name] is not None] == []


def test_an_arm_that_is_not_there_at_all_is_empty():
    row = analyse(arms(5, 100, 5, 100).slice(0, 1)).to_pylist()[0]
    assert (row["status"], row["treatment_impressions"], row["treatment_ctr"]) == ("empty_arm", 0, None)


@pytest.mark.parametrize("clicks", [101, -1, None])
def test_counts_that_cannot_be_spoil_their_experiment_only(clicks):
    table = pa.concat_tables([arms(5, 100, 7, 100), arms([5, 5], [100, 100], [7, 9], [100, 100]).slice(2)])
    bad = table.set_column(2, "clicks", pa.array([clicks, 7, 5, 9]))
    spoilt, sound = analyse(bad).to_pylist()
    assert spoilt["status"] == "bad_counts"
    assert {
        spoilt[name] for name in ("control_clicks", "control_ctr", "relative_lift", "p_value", "split_p_value")
    } == {None}
    assert (sound["status"], sound["treatment_ctr"]) == ("ok", 0.09)


def test_one_day_has_no_trend():
    table = arms(5, 100, 7, 100).append_column("campaign_date", pa.array([DAY, DAY]))
    row = analyse(table).to_pylist()[0]
    assert (row["novelty"], row["novelty_days"], row["novelty_slope"], row["late_lift"]) == (
        "too_few_days",
        1,
        None,
        None,
    )
    assert row["early_lift"] == pytest.approx(0.4)


def test_rows_of_no_experiment_are_skipped_and_no_rows_make_no_rows():
    table = arms(5, 100, 7, 100)
    nobody = table.set_column(0, "experiment_id", pa.nulls(2, pa.string()))
    assert analyse(pa.concat_tables([table, nobody])).equals(analyse(table))
    assert analyse(nobody).num_rows == 0
    assert analyse(nobody).schema.names == analyse(table).schema.names


def test_a_plan_of_its_own_for_each_experiment():
    two = arms([5, 5], [900, 900], [7, 7], [100, 100], planned_share=[0.1, 0.5])
    planned, spoilt = analyse(two).to_pylist()
    assert (planned["sample_ratio_mismatch"], planned["split_p_value"]) == (False, 1.0)
    assert spoilt["sample_ratio_mismatch"]


def test_what_cannot_be_read_is_refused():
    with pytest.raises(SourceError, match="no column impressions"):
        analyse(arms(1, 2, 1, 2).drop_columns(["impressions"]))
    with pytest.raises(SourceError, match="'placebo'"):
        analyse(arms(1, 2, 1, 2).set_column(1, "treatment_group", pa.array(["placebo", "treatment"])))
    for wrong in ({"confidence": 95}, {"planned_share": 0}, {"power": 1}, {"mismatch_level": -1}):
        with pytest.raises(ConfigError, match="is"):
            analyse(arms(1, 2, 1, 2), **wrong)
    with pytest.raises(ConfigError, match="planned_share is 1"):
        analyse(arms(1, 2, 1, 2, planned_share=[1.0]))


def test_money_per_click():
    table = arms(10, 100, 20, 100).append_column("spend", pa.array([5.0, 4.0]))
    row = analyse(table).to_pylist()[0]
    assert (row["control_cpc"], row["treatment_cpc"]) == (0.5, 0.2)
    assert row["cpc_reduction"] == pytest.approx(0.6)
    assert row["lift_percent"] == pytest.approx(100)


def test_money_too_small_to_divide_by_is_null():
    table = arms(1, 10, 1, 10).append_column("spend", pa.array([5e-324, 9.0]))
    assert analyse(table).to_pylist()[0]["cpc_reduction"] is None


SMALL = st.integers(0, 12)
ROW = st.tuples(st.sampled_from("AB"), st.booleans(), SMALL, SMALL, st.integers(0, 3), st.floats(0, 9))


@given(rows=st.lists(ROW, max_size=12))
def test_whatever_the_counts_there_is_no_nan_and_no_warning(rows):
    """JSON without NaN, shares within 0..1, intervals around their estimate; rows in any order say the same."""

    def table(of):
        return pa.table(
            {
                "experiment_id": pa.array([row[0] for row in of], pa.string()),
                "treatment_group": pa.array(["treatment" if row[1] else "control" for row in of], pa.string()),
                "impressions": pa.array([row[2] for row in of], pa.int64()),
                "clicks": pa.array([min(row[2:4]) for row in of], pa.int64()),
                "campaign_date": pa.array([row[4] for row in of], pa.int32()).cast(pa.date32()),
                "spend": pa.array([row[5] for row in of], pa.float64()),
            }
        )

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = analyse(table(rows)).to_pylist()
    json.dumps(found, allow_nan=False)
    assert len(found) == len({row[0] for row in rows})
    for row in found:
        assert row["status"] in STATUSES
        assert row["conclusion"] in CONCLUSIONS
        for name in ("p_value", "split_p_value", "novelty_p_value", "achieved_power"):
            assert row[name] is None or 0 <= row[name] <= 1 + 1e-12
        if row["absolute_lift"] is not None:
            assert row["absolute_lift_low"] <= row["absolute_lift"] + 1e-12 <= row["absolute_lift_high"] + 2e-12
    back = analyse(table(rows[::-1])).to_pylist()
    same = ("status", "conclusion", "novelty_days", "control_clicks", "treatment_impressions", "p_value")
    assert [[row[name] for name in same] for row in back] == [[row[name] for name in same] for row in found]


@given(x0=SMALL, n0=SMALL, x1=SMALL, n1=SMALL)
def test_arms_that_swap_their_names_swap_the_verdict(x0, n0, x1, n1):
    this, that = one(min(x0, n0), n0, min(x1, n1), n1), one(min(x1, n1), n1, min(x0, n0), n0)
    opposite = {"better": "worse", "worse": "better"}
    assert that["conclusion"] == opposite.get(this["conclusion"], this["conclusion"])
    if this["absolute_lift"] is not None:
        assert that["absolute_lift_low"] == pytest.approx(-this["absolute_lift_high"], abs=1e-12)
    if this["relative_lift_low"] is not None and that["relative_lift_high"] is not None:
        assert math.log1p(this["relative_lift_low"]) == pytest.approx(-math.log1p(that["relative_lift_high"]), abs=1e-9)
