"""The test no_look_ahead: red for every way in which a feature can know the future, green for what is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbdk.transform import TransformResult
from support.book_worker import NAME, start_on
from support.book_world import Bookshop, fill
from support.template_worker import copy_template

DAILY = """
with days as (
    select books.book_id, cast(day as date) as d, coalesce(sum(sales.quantity), 0) as units
    from {{ ref('dim_books') }} as books
    cross join generate_series(timestamp '2025-09-02', cast({{ last_day() }} as timestamp), interval 1 day) as s(day)
    left join {{ ref('fact_sales') }} as sales on sales.book_id = books.book_id and sales.sale_date = cast(day as date)
    where books.listed_date < cast(day as date)
    group by all
)
select book_id, d, units as target, %s from days
"""
OVER = "over (partition by book_id order by d %s)"

LEAKS = {
    "centred_moving_average": f"avg(units) {OVER % 'rows between 3 preceding and 3 following'} as x",
    "moving_average_with_the_day_itself": f"avg(units) {OVER % 'rows 6 preceding'} as x",
    "join_on_the_same_day": "(select count(*) from {{ ref('stg_sales') }} as s where s.book_id = days.book_id "
    "and s.sale_date = days.d) as x",
    "derived_from_the_target": "units > 1 as x",
    "lead": f"lead(units) {OVER % ''} as x",
    "scaled_by_the_mean_of_all_days": f"lag(units) {OVER % ''} / avg(units) over (partition by book_id) as x",
    "total_of_the_book": "(select sum(quantity) from {{ ref('fact_sales') }} as s where s.book_id = days.book_id) as x",
    "days_until_the_clock": "{{ last_day() }} - d as x",
}
CLEAN = {
    "lagged": f"lag(units) {OVER % ''} as x",
    "moving_average": f"avg(units) {OVER % 'rows between 7 preceding and 1 preceding'} as x",
    "scaled_by_the_mean_so_far": f"lag(units) {OVER % ''} / nullif(avg(units) "
    f"{OVER % 'rows between unbounded preceding and 1 preceding'}, 0) as x",
    "of_the_calendar": "isodow(d) as x",
}
ENTRY = """
  - name: {name}
    data_tests:
      - no_look_ahead:
          name: looks_{name}
          arguments:
            time_column: d
            entity_columns: [book_id]
            {arguments}
"""
ARGUMENTS = """cut: { raw.sales: sale_date, raw.books: created_at }
            known: [raw.publishers]
            targets: [target]"""
WRONG = {
    "source_forgotten": (ARGUMENTS.replace(", raw.books: created_at", ""), "reads raw.books; say under `cut`"),
    "source_misspelt": (ARGUMENTS.replace("raw.sales", "raw.sale: sale_date, raw.sales"), "does not read raw.sale;"),
    "column_misspelt": (ARGUMENTS.replace("[target]", "[goal]"), "no column goal"),
    "past_source": (ARGUMENTS, "reads raw.sales by its name"),
}
"""Arguments that would prove nothing, and what is said of them."""
SURVIVORS = (
    DAILY % "0 as x" + "where book_id in (select book_id from {{ ref('fact_sales') }} group by 1 having count(*) > 40)"
)
INCREMENTAL = (
    "{{ config(materialized='incremental') }}"
    + DAILY % CLEAN["lagged"]
    + "{% if is_incremental() %} where false {% endif %}"
)


def write_models(dbt: Path) -> list[str]:
    """The names of the models, each with a test."""
    folder = dbt / "models" / "planted"
    folder.mkdir()
    models = {name: DAILY % column for name, column in (LEAKS | CLEAN).items()}
    models |= dict.fromkeys(WRONG, DAILY % CLEAN["lagged"])
    models["past_source"] += " where d > (select min(sale_date) from raw.sales)"
    models |= {"only_books_that_will_sell": SURVIVORS, "grown_by_runs": INCREMENTAL}
    for name, sql in models.items():
        (folder / f"{name}.sql").write_text(sql)
    arguments = dict.fromkeys(models, ARGUMENTS) | {name: given for name, (given, _) in WRONG.items()}
    entries = [ENTRY.format(name=name, arguments=arguments[name]) for name in models]
    (folder / "planted.yml").write_text("models:" + "".join(entries))
    return list(models)


@pytest.fixture(scope="module")
def judged(bookshop: Bookshop, tmp_path_factory: pytest.TempPathFactory) -> TransformResult:
    """All planted models and their tests, of one build."""
    folder = tmp_path_factory.mktemp("planted")
    dbt = copy_template("bookstore", folder / "project")
    names = write_models(dbt)
    fill(folder / "data" / NAME, bookshop)
    with start_on(dbt, folder, folder / "data" / NAME) as worker:
        worker.build(folder / "data" / NAME, select=["+fact_sales"])
        worker.build(folder / "data" / NAME, select=["grown_by_runs"])
        return worker.build(folder / "data" / NAME, select=["planted", *[f"looks_{name}" for name in names]])


@pytest.mark.parametrize("name", [*LEAKS, "only_books_that_will_sell"])
def test_a_planted_leak_is_caught(name: str, judged: TransformResult) -> None:
    (test,) = [test for test in judged.tests if test.name == f"looks_{name}"]
    assert (test.status, bool(test.failures)) == ("fail", True), test.message


@pytest.mark.parametrize("name", [*CLEAN, "grown_by_runs"])
def test_a_clean_feature_passes(name: str, judged: TransformResult) -> None:
    (test,) = [test for test in judged.tests if test.name == f"looks_{name}"]
    assert test.status == "pass", test.message


@pytest.mark.parametrize("name", WRONG)
def test_arguments_that_would_prove_nothing_are_refused(name: str, judged: TransformResult) -> None:
    (test,) = [test for test in judged.tests if test.name == f"looks_{name}"]
    assert (test.status, WRONG[name][1] in (test.message or "")) == ("error", True), test.message
