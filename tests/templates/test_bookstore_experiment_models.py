"""The experiments of the template: plain sums, an analysis that agrees with statsmodels, and tests that can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from statsmodels.stats.proportion import proportions_ztest

from sbdk.transform import TransformResult, Worker
from support.planting import bad_key, change, lose, named, raw
from support.template_worker import TEMPLATES

DBT = TEMPLATES / "bookstore" / "dbt"
BASE, ARMS, DAYS, LIFTS = (f"experiments.ab_test_{name}" for name in ("base", "summary", "daily_lift", "lift_analysis"))
VIOLATIONS: dict[str, list[str]] = {
    "unique_ab_test_base_campaign_id": [bad_key(BASE, "campaign_id")[0]],
    "not_null_ab_test_base_campaign_id": [change(BASE, "campaign_id = null")],
    "ab_test_base_accepted_categories": [
        change(BASE, "treatment_group = 'placebo'"),
        change(BASE, "treatment_group = null"),
    ],
    "ab_test_base_is_sound": [
        change(BASE, "clicks = impressions + 1"),
        change(BASE, "clicks = -1"),
        change(BASE, "spend = -1"),
        change(BASE, "planned_share = 1"),
    ],
    "ab_test_summary_primary_key": bad_key(ARMS, "experiment_id"),
    "ab_test_summary_is_sound": [
        change(ARMS, "clicks = impressions + 1"),
        change(ARMS, "days = campaigns + 1"),
        change(ARMS, "first_date = last_date + 1"),
    ],
    "ab_test_daily_lift_primary_key": bad_key(DAYS, "campaign_date"),
    "unique_ab_test_lift_analysis_experiment_id": [bad_key(LIFTS, "experiment_id")[0]],
    "not_null_ab_test_lift_analysis_experiment_id": [change(LIFTS, "experiment_id = null")],
    "ab_test_lift_analysis_holds_every_experiment": [lose(LIFTS), change(LIFTS, "experiment_id = 'EXP_999'")],
    "ab_test_lift_analysis_accepted_categories": [
        change(LIFTS, "status = 'fine'"),
        change(LIFTS, "conclusion = null"),
        change(LIFTS, "novelty = 'new'"),
    ],
    "ab_test_lift_analysis_is_sound": [
        change(LIFTS, "relative_lift = relative_lift_high + 0.1"),
        change(LIFTS, "relative_lift_low = null"),
        change(LIFTS, "absolute_lift_low = absolute_lift + 0.1"),
        change(LIFTS, "p_value = 2"),
        change(LIFTS, "p_value = null"),
        change(LIFTS, "split_p_value = -1"),
        change(LIFTS, "sample_ratio_mismatch = not sample_ratio_mismatch"),
        change(LIFTS, "conclusion = 'better', is_significant = false, sample_ratio_mismatch = false"),
        change(LIFTS, "z = -z", "z <> 0"),
    ],
    "experiments_reconcile_with_campaigns": [
        change(LIFTS, "control_clicks = control_clicks + 1"),
        change(LIFTS, "treatment_spend = 0"),
        *raw("campaign_events", "impressions = impressions + 1"),
        lose("raw.campaign_events", "experiment_id is not null"),
    ],
    "daily_lifts_add_up": [lose(DAYS), change(DAYS, "treatment_impressions = 0"), change(LIFTS, "novelty_days = 99")],
}


def test_a_violation_is_listed_for_each_test(bookstore_run: tuple[Path, TransformResult]) -> None:
    named_here = {name for path in (DBT / "models" / "experiments").glob("*.yml") for name in named(path)}
    mine = {t.name for t in bookstore_run[1].tests if t.name in named_here or "ab_test" in t.name}
    mine |= {path.stem for path in (DBT / "tests").rglob("*.sql") if "ref('ab_test" in path.read_text()}
    units = {"ab_test_summary_divides_sums", "ab_test_daily_lift_is_of_the_day"}
    assert {name.rpartition("::")[2] for name in mine} - units == set(VIOLATIONS)


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_a_violation_turns_its_test_red(name: str, bookstore_run: tuple[Path, TransformResult], tmp_path: Path) -> None:
    """The query that dbt asked finds no row in what was built, and some in what is planted."""
    built, result = bookstore_run
    (query,) = [test.compiled_sql for test in result.tests if test.name == name]
    assert query is not None
    with duckdb.connect(str(shutil.copy(built, tmp_path / built.name))) as connection:
        assert connection.execute(query).fetchall() == []
        for violation in VIOLATIONS[name]:
            connection.execute("begin")
            assert connection.execute(violation).fetchall()[0][0] > 0, f"nothing was planted: {violation}"
            assert connection.execute(query).fetchall() != [], violation
            connection.execute("rollback")


def test_arms_and_verdicts_are_those_of_plain_python(bookstore_built: Path) -> None:
    with duckdb.connect(str(bookstore_built), read_only=True) as connection:
        campaigns = connection.execute(
            "select experiment_id, treatment_group, impressions, clicks, spend, campaign_date from raw.campaign_events "
            "where experiment_id is not null"
        ).fetchall()
        arms = connection.execute(
            f"select experiment_id, treatment_group, impressions, clicks, spend, ctr, cpc, days from {ARMS}"
        ).fetchall()
        lifts = dict(connection.execute(f"select experiment_id, p_value from {LIFTS}").fetchall())
    sums = {}
    for experiment, group, shown, clicks, spend, day in campaigns:
        one = sums.setdefault((experiment, group), [0, 0, 0, set()])
        one[0], one[1], one[2] = one[0] + shown, one[1] + clicks, one[2] + spend
        one[3].add(day)
    assert len(arms) == len(sums) > 2
    for experiment, group, shown, clicks, spend, ctr, cpc, days in arms:
        right = sums[experiment, group]
        assert [shown, clicks, spend, days] == [*right[:3], len(right[3])]
        assert (ctr, cpc) == (pytest.approx(clicks / shown), pytest.approx(float(spend) / clicks))
    for experiment, p_value in lifts.items():
        (n0, x0), (n1, x1) = (sums.get((experiment, group), (0, 0))[:2] for group in ("control", "treatment"))
        if n0 and n1:
            assert p_value == pytest.approx(proportions_ztest([x1, x0], [n1, n0])[1], abs=1e-9)


def test_an_experiment_that_tells_nothing_has_a_stated_result(
    bookstore_worker: Worker, bookstore_built: Path, tmp_path: Path
) -> None:
    """An arm that is missing or empty, no clicks, one day: the models are built, and every test passes."""
    database = Path(shutil.copy(bookstore_built, tmp_path / bookstore_built.name))
    odd = [
        ("EXP_901", "control", 1000, 50),
        ("EXP_902", "control", 0, 0),
        ("EXP_902", "treatment", 0, 0),
        ("EXP_903", "control", 1000, 0),
        ("EXP_903", "treatment", 1000, 0),
        ("EXP_904", "control", 1000, 100),
        ("EXP_904", "treatment", 1000, 150),
    ]
    with duckdb.connect(str(database)) as connection:
        for number, (experiment, group, shown, clicks) in enumerate(odd, start=900_001):
            connection.execute(
                "insert into raw.campaign_events by name select * replace (? as campaign_id, ? as experiment_id, "
                "? as treatment_group, ? as impressions, ? as clicks) from raw.campaign_events limit 1",
                [f"CAMP_{number}", experiment, group, shown, clicks],
            )
    result = bookstore_worker.build(database)
    assert {test.status for test in result.tests} == {"pass"}
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            f"select experiment_id, status, conclusion, relative_lift, novelty from {LIFTS} "
            "where experiment_id > 'EXP_9' order by 1"
        ).fetchall()
    assert [(*row[:3], row[4]) for row in rows] == [
        ("EXP_901", "empty_arm", "mismatch", "too_few_days"),
        ("EXP_902", "empty_arm", "no_result", "too_few_days"),
        ("EXP_903", "no_clicks", "no_result", "too_few_days"),
        ("EXP_904", "ok", "better", "too_few_days"),
    ]
    assert [row[3] for row in rows] == [None, None, None, pytest.approx(0.5)]


def test_rows_in_another_order_give_the_same_result_to_the_last_bit(
    bookstore_worker: Worker, bookstore_built: Path, tmp_path: Path
) -> None:
    database, found = Path(shutil.copy(bookstore_built, tmp_path / bookstore_built.name)), []
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into raw.campaign_events by name select * exclude (n) replace ("
            "printf('CAMP_95%04d', n) as campaign_id, 'EXP_950' as experiment_id, "
            "if(n % 2 = 0, 'control', 'treatment') as treatment_group, "
            "n * 7919 % 10007 / 100 as spend) from range(200) as many(n), (from raw.campaign_events limit 1)"
        )
    for order in ("campaign_id", "spend"):
        with duckdb.connect(str(database)) as connection:
            connection.execute(
                f"create or replace table raw.campaign_events as from raw.campaign_events order by {order}"
            )
        assert bookstore_worker.build(database, select=["ab_test_base", "ab_test_lift_analysis"]).ok
        with duckdb.connect(str(database), read_only=True) as connection:
            found.append(connection.execute(f"from {LIFTS} order by experiment_id").fetchall())
    assert found[0] == found[1]


def test_a_python_without_sbdk_is_told_so() -> None:
    """The model names the cause and the cure; dbt's own message would be a ModuleNotFoundError in a temporary file."""
    import builtins

    code = (DBT / "models" / "experiments" / "ab_test_lift_analysis.py").read_text()
    scope: dict[str, object] = {}
    exec(code, scope)
    real = builtins.__import__

    def without_sbdk(name: str, *rest: object) -> object:
        if name.startswith("sbdk"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *rest)

    class Dbt:
        def config(self, **_: object) -> None: ...

    builtins.__import__ = without_sbdk
    try:
        with pytest.raises(RuntimeError, match="needs sbdk in the Python that runs dbt"):
            scope["model"](Dbt(), None)  # type: ignore[operator]
    finally:
        builtins.__import__ = real
