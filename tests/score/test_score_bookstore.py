"""A bookstore analysed without fault has full marks; each fault costs points, and is named."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from sbdk.core.errors import ConfigError
from sbdk.datasets.bookstore.grading.grade import grade
from sbdk.datasets.bookstore.grading.results import ExperimentScore, SplitScore
from sbdk.datasets.bookstore.grading.scorecard import views
from sbdk.score.card import ScoredWarehouse
from sbdk.score.render.html import html_page
from sbdk.spec.data_set_sections import ScoreSettings
from support.graded_books import TABLES, graded, raw, truth, warehouse

LIFTS = "experiments.ab_test_lift_analysis"
SALES = "analytics.fact_sales"
FEATURES = "ml_features.demand_forecasting_features"


@pytest.fixture
def books():
    with warehouse() as connection:
        yield connection


@pytest.mark.parametrize("seed", [42, 1, 2, 3])
def test_without_fault_it_is_100_by_other_methods_and_whatever_chance_did(seed):
    with warehouse(seed) as connection:
        card = graded(connection, seed)
        assert card.findings() == []
    assert (card.score, card.grade, card.split) == (100, "A", SplitScore(1, 1, 0))  # A+ is for all tables alone
    assert [(one.experiment, one.verdict) for one in card.experiments if one.planted] == [("EXP_005", "mismatch")]


def test_what_is_told_of_the_truth(books):
    """Estimate, error and coverage are arithmetic on the published figures and the planted lifts."""
    card = graded(books)
    published = dict(books.execute(f"select experiment_id, relative_lift from {LIFTS}").fetchall())
    assert [one.true_lift for one in card.experiments] == [0, 0.05, 0.1, -0.05, 0.05]
    for one in card.experiments:
        assert one.error == pytest.approx(published[one.experiment] - one.true_lift, abs=1e-15)
        low, high = one.found["relative_lift_low"], one.found["relative_lift_high"]
        assert one.covers == (low <= one.true_lift <= high)
    assert card.interval_coverage == (sum(one.covers for one in card.experiments), 5)
    told = json.loads(json.dumps(card.as_dict(), allow_nan=False))
    assert told["split"] == {"planted": 1, "precision": 1, "recall": 1, "f1": 1}


def test_missing_the_truth_by_chance_costs_nothing_and_is_told(books):
    """The same right figures, where the truth were another: that is luck, and no fault of the analysis."""
    far = truth()["experiments"].set_column(2, "true_lift", pa.array([0.9, 0.05, 0.1, -0.05, 0.05]))
    card = grade(books, raw(), far, ScoreSettings(tables=TABLES))
    assert card.score == 100
    assert card.experiments[0].covers is False
    assert card.interval_coverage[0] < 5


def rows(clicks: str, shown: str) -> str:
    """The lift as somebody else works it out: a query per arm over the campaigns."""
    arms = [
        f"(select {clicks} / {shown} from campaigns c "
        f"where c.experiment_id = l.experiment_id and treatment_group = '{arm}')"
        for arm in ("control", "treatment")
    ]
    return f"update {LIFTS} l set control_ctr = {arms[0]}, treatment_ctr = {arms[1]}"


DERIVED = (
    f"update {LIFTS} set relative_lift = treatment_ctr / control_ctr - 1, absolute_lift = treatment_ctr - control_ctr"
)
LATER = "filter (campaign_id > 'CAMP_000010')"
NARROW = "relative_lift_{0} = relative_lift + (relative_lift_{0} - relative_lift) * 1.645 / 1.96"
FIRST = f"(select min(transaction_id) from {SALES})"
JULY = "feature_date = '2025-07-01'"
FAULTS = {
    "the mean of the campaigns' CTRs": (
        [rows("avg(clicks / impressions)", "1"), DERIVED], "experiments.relative_lift", 20,
    ),
    "the wrong denominator": (
        [rows("sum(clicks)", "(sum(impressions) + 1000)"), DERIVED], "experiments.control_ctr", 15,
    ),
    "a campaign dropped": ([rows(f"sum(clicks) {LATER}", f"sum(impressions) {LATER}")], "experiments.control_ctr", 8),
    "control and treatment swapped": (
        [f"update {LIFTS} set control_ctr = treatment_ctr, treatment_ctr = control_ctr", DERIVED],
        "experiments.control_ctr", 20,
    ),
    "90 % intervals": (
        [f"update {LIFTS} set {NARROW.format('low')}, {NARROW.format('high')}"], "experiments.relative_lift_low", 10,
    ),
    "a one-sided test": ([f"update {LIFTS} set p_value = p_value / 2"], "experiments.p_value", 5),
    "the mismatch ignored": (
        [f"update {LIFTS} set sample_ratio_mismatch = false"], "experiments.sample_ratio_mismatch", 10,
    ),
    "a mismatch in every experiment": (
        [f"update {LIFTS} set sample_ratio_mismatch = true"], "experiments.sample_ratio_mismatch", 10,
    ),
    "everything called significant": ([f"update {LIFTS} set is_significant = true"], "experiments.is_significant", 5),
    "an experiment lost": ([f"delete from {LIFTS} where experiment_id = 'EXP_003'"], "experiments", 15),
    "an experiment there twice": (
        [f"insert into {LIFTS} from {LIFTS} where experiment_id = 'EXP_002'"], "experiments", 15,
    ),
    "all experiments there twice": ([f"insert into {LIFTS} from {LIFTS}"], "experiments", 30),
    "a lift that is null": ([f"update {LIFTS} set relative_lift = null"], "experiments.relative_lift", 10),
    "a sale lost": ([f"delete from {SALES} where transaction_id = {FIRST}"], "fact_sales", 1),
    "sales there twice": ([f"insert into {SALES} from {SALES}"], "fact_sales", 30),
    "every sale of one book": ([f"update {SALES} set book_id = 'BOOK_000001'"], "fact_sales.book_id", 10),
    "amounts before the discount": (
        [f"update {SALES} set total_amount = quantity * unit_price"], "fact_sales.total_amount", 3,
    ),
    "a day later": ([f"update {SALES} set sale_date = sale_date + 1"], "fact_sales.sale_date", 10),
    "days without a sale left out": ([f"delete from {FEATURES} where target_units = 0"], "demand_features", 30),
    "days with a sale left out": ([f"delete from {FEATURES} where target_units > 0"], "demand_features", 30),
    "a day there twice": ([f"insert into {FEATURES} from {FEATURES} where {JULY}"], "demand_features", 0.1),
    "the last week not there": ([f"delete from {FEATURES} where feature_date > '2025-12-24'"], "demand_features", 3),
    "a book without features": ([f"delete from {FEATURES} where book_id = 'BOOK_000003'"], "demand_features", 3),
    "the target of the day before": (
        [f"update {FEATURES} f set target_units = coalesce((select target_units from {FEATURES} g "
         "where g.book_id = f.book_id and g.feature_date = f.feature_date - 1), 0)"],
        "demand_features.target_units",
        10,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_costs_points_and_is_named(name, books):
    statements, where, least = FAULTS[name]
    books.register("campaigns", truth()["campaign_events"])
    for statement in statements:
        books.execute(statement)
    card = graded(books)
    found = card.findings()
    assert card.score <= 100 - least, [(one.points, one.where, one.text) for one in found]
    assert where in [one.where for one in found[:3]], [(one.points, one.where, one.text) for one in found]
    assert sum(one.points for one in found) == pytest.approx(100 - card.score, abs=0.1001)


def test_the_published_conclusion_is_the_one_that_counts(books):
    """A pipeline that has a column of its own for it is graded by that."""
    books.execute(f"alter table {LIFTS} add column conclusion varchar")
    books.execute(f"update {LIFTS} set conclusion = 'better'")
    wrong = [one.experiment for one in graded(books).experiments if one.verdict != one.right_verdict]
    assert "EXP_005" in wrong
    assert len(wrong) >= 2


def test_tables_of_ones_own(books):
    """What a table that was mapped lacks is not graded, and lowers the coverage."""
    books.execute("create schema mine")
    books.execute(f"create table mine.lifts as select * rename (relative_lift as uplift) from {LIFTS}")
    books.execute(f"drop table {LIFTS}")
    mine = {"tables": {**TABLES, "experiments": "mine.lifts"}}
    without = graded(books, **mine)
    assert (without.score, "experiments.relative_lift" in without.uncovered) == (100, True)
    named = graded(books, **mine, columns={"experiments": {"relative_lift": "uplift"}})
    assert (named.score, "experiments.relative_lift" in named.uncovered) == (100, False)
    assert without.coverage < named.coverage < 100
    assert (named.grade, graded(books, **mine).grade) == ("A", "A")
    with pytest.raises(ConfigError, match="no column 'nowhere'"):
        graded(books, **mine, columns={"experiments": {"relative_lift": "nowhere"}})


def test_the_tables_of_the_template_are_needed_whole(books):
    """Under the default names a missing column or table is a fault."""
    card = graded(books, tables={})
    assert card.coverage == 100
    absent = {one.where for one in card.findings() if "no such column" in one.cause or "no table" in one.cause}
    assert {"experiments.z", "fact_sales.publisher_name", "demand_features.units_lag_1", "dim_books"} <= absent
    assert card.score == 0


def test_a_table_left_out_on_purpose_leaves_its_points_to_the_others(books):
    books.execute(f"drop table {FEATURES}")
    card = graded(books, tables={**TABLES, "demand_features": None})
    assert (card.score, "demand_features" in card.parts, "demand_features" in card.uncovered) == (100, False, True)
    books.execute(f"update {SALES} set total_amount = total_amount / 2")
    assert graded(books, tables={**TABLES, "demand_features": None}).score == 80  # 10 of 50 points


def test_nothing_to_grade(books):
    for table in (LIFTS, SALES, FEATURES):
        books.execute(f"drop table {table}")
    with pytest.raises(ConfigError, match="no table of the warehouse"):
        graded(books, tables={})


def test_a_split_by_chance_is_nobody_s_fault():
    """Not planted, but seen by the exact test too: neither found nor false. Planted, but too small to be seen: same."""
    from sbdk.datasets.bookstore.grading.results import split_score

    def score(planted: bool, seen: bool, flagged: bool) -> ExperimentScore:
        return ExperimentScore(
            "E", {"sample_ratio_mismatch": flagged}, {"sample_ratio_mismatch": seen}, (), "", "", 0.0, planted
        )

    assert split_score([score(False, True, True), score(True, False, False)]) == SplitScore(0, 0, 0)
    assert split_score([score(False, False, True), score(True, True, True)]) == SplitScore(1, 1, 1)
    assert SplitScore(1, 1, 1).f1 == pytest.approx(2 / 3)
    assert SplitScore(1, 0, 0).f1 == 0


def test_the_page_draws_estimate_and_truth_and_escapes_what_it_shows(books):
    evil = "<script>alert(1)</script>"
    books.execute(f"alter table {LIFTS} add column conclusion varchar")
    books.execute(f"update {LIFTS} set conclusion = '{evil}'")
    text = html_page(ScoredWarehouse(graded(books), views(graded(books)), {"sales": 200}), project=evil)
    assert "<script" not in text
    assert text.count('class="truth"') == text.count("<circle cx") - 2 == 5
    assert "intervals hold the true lift" in text
