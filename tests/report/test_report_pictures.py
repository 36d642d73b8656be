"""From a chart to its picture: which columns it takes, what it refuses, how rows are cut, how values read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sbdk.core.errors import QueryError, QueryForbidden, UsageError
from sbdk.report import build_chart
from sbdk.report.build_charts import nice_step
from sbdk.report.number_format import compact, formatted
from sbdk.targets.base import QueryFunction
from support.drawing import chart, part

UNITS = "select day, sum(units) as units from sales group by day order by day"


def test_a_chart_holds_the_rows_of_its_query(query: QueryFunction) -> None:
    picture = build_chart(chart(sql=UNITS), query)
    assert picture.rows == [("2026-01-01", 30), ("2026-01-02", 30), ("2026-01-03", 40)]
    assert [(one.name, one.kind) for one in picture.columns] == [("day", "date"), ("units", "number")]
    assert picture.total == 3


@pytest.mark.parametrize(
    ("keys", "mark", "x", "y"),
    [
        ({"sql": UNITS}, "line", "day", ("units",)),
        ({"sql": "select shop, units from sales"}, "bar", "shop", ("units",)),
        ({"sql": "select units, shop from sales"}, "bar", "units", ("shop",)),
        ({"sql": UNITS, "x": "units", "y": "day"}, "bar", "units", ("day",)),
        ({"sql": "select day, units, score from sales", "y": ["score", "units"]}, "line", "day", ("score", "units")),
    ],
)
def test_defaults_follow_from_the_columns(
    keys: dict[str, Any], mark: str, x: str, y: Any, query: QueryFunction
) -> None:
    picture = build_chart(chart(**keys), query)
    assert (picture.mark, picture.x, picture.y) == (mark, x, y)


def test_a_cell_takes_the_third_column_as_its_value(query: QueryFunction) -> None:
    assert build_chart(chart(sql="select day, shop, units from sales", mark="cell"), query).colour == "units"


@pytest.mark.parametrize(
    ("keys", "message", "hint"),
    [
        ({"sql": UNITS, "y": "unit"}, "y: the query has no column 'unit'", "did you mean 'units'? it has: day, units"),
        ({"sql": UNITS, "colour": "shop"}, "colour: the query has no column 'shop'", "it has: day, units"),
        ({"sql": UNITS, "format": {"unitz": "percent"}}, "format: the query has no column 'unitz'", "units"),
        ({"sql": "select shop, shop as other from sales"}, "neither x (shop) nor y (other) is a number", ""),
        ({"sql": "select day, shop from sales"}, "y must be a number; the column 'shop' holds texts", ""),
        ({"sql": "select 1 as one"}, "the query has one column; a chart needs two", "figures"),
        ({"sql": "select shop from sales", "mark": "histogram"}, "x of a histogram must be a number", ""),
        ({"sql": "select units from sales", "mark": "figures"}, "one row, not of 5 rows", ""),
        ({"sql": "select shop, units from sales", "reference": {"at": "2026-01-01"}}, "x (shop) is no time", ""),
        ({"sql": "select nothing from sales"}, "Binder Error", ""),
        ({"sql": "select range as n, 'series ' || range as s from range(11)", "colour": "s"}, "11 series", "group"),
    ],
)
def test_a_chart_that_cannot_be_drawn_raises_why(
    keys: dict[str, Any], message: str, hint: str, query: QueryFunction
) -> None:
    with pytest.raises(QueryError) as caught:
        build_chart(chart(**keys), query)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("sql", ["delete from sales", "select 1; select 2", "select * from read_csv('/etc/passwd')"])
def test_a_chart_only_reads_the_warehouse(sql: str, query: QueryFunction) -> None:
    with pytest.raises(QueryForbidden):
        build_chart(chart(sql=sql), query)


def test_one_wrong_chart_spoils_no_other_and_names_its_file(query: QueryFunction) -> None:
    good, bad, last = part(query, chart(sql=UNITS), chart("Bad", sql="select x from y"), chart(sql=UNITS)).charts
    assert good.error is None
    assert last.error is None
    assert isinstance(bad.error, QueryError)
    assert bad.error.file == "report/1.yml"
    assert bad.error.message.startswith("Bad: Catalog Error")
    assert not isinstance(bad.error, UsageError)


def test_rows_beyond_the_limit_are_left_out_with_a_note(query: QueryFunction) -> None:
    picture = build_chart(chart(sql="select n, n as same from numbers order by n desc;", limit=3), query)
    assert picture.rows == [(9999, 9999), (9998, 9998), (9997, 9997)]
    assert picture.note == "Only the first 3 of 10,000 rows."


def test_dots_beyond_the_limit_are_a_sample_the_same_each_time(query: QueryFunction) -> None:
    declared = chart(sql="select n, n as same from numbers order by n", limit=500, mark="dot")
    picture, again = build_chart(declared, query), build_chart(declared, query)
    assert picture.rows == again.rows
    assert len(picture.rows) == len(set(picture.rows)) == 500
    assert picture.note == "A sample: 500 of 10,000 rows."
    assert 4000 < sum(n for n, _ in picture.rows) / 500 < 6000  # from everywhere: σ of this mean is 129


def test_exactly_as_many_rows_as_the_limit_are_all_there(query: QueryFunction) -> None:
    picture = build_chart(chart(sql="select n, n as same from numbers limit 7", limit=7), query)
    assert (len(picture.rows), picture.note) == (7, "")


def test_a_long_text_is_cut(query: QueryFunction) -> None:
    [(text, _)] = build_chart(chart(sql="select repeat('x', 1000000) as text, 1 as n"), query).rows
    assert len(text) == 300
    assert text.endswith("x…")


def test_a_histogram_counts_every_row_in_the_warehouse(query: QueryFunction) -> None:
    picture = build_chart(chart(sql="select n from numbers", mark="histogram"), query)
    assert picture.total == 10_000
    assert [rows for _, _, rows in picture.rows] == [500] * 20  # 9,999 / 30 = 333.3, so steps of 500
    assert picture.rows[0][:2] == (0, 500)
    assert picture.rows[-1][:2] == (9500, 10_000)


def test_a_histogram_counts_missing_values_and_keeps_empty_bins(query: QueryFunction) -> None:
    sql = "select unnest([0.0, 0.5, 29.0, null, 'nan'::double, 'inf'::double]) as v"
    picture = build_chart(chart(sql=sql, mark="histogram"), query)
    assert [rows for _, _, rows in picture.rows] == [2, *[0] * 28, 1]
    assert picture.note == "3 rows without a value."


@pytest.mark.parametrize("sql", ["select 5 as v", "select 5 as v where false", "select null::double as v"])
def test_a_histogram_of_one_value_or_none(sql: str, query: QueryFunction) -> None:
    assert len(build_chart(chart(sql=sql, mark="histogram"), query).rows) == ("where" not in sql and "null" not in sql)


@pytest.mark.parametrize(("width", "step"), [(0.9, 1), (1, 1), (1.1, 2), (3, 5), (5.01, 10), (0.03, 0.05), (333, 500)])
def test_steps_are_round(width: float, step: float) -> None:
    assert nice_step(width) == pytest.approx(step)


def test_every_type_has_a_place_in_json(query: QueryFunction) -> None:
    sql = """select 1::hugeint as a, 1.25::decimal(9, 2) as b, 'nan'::double as c,
        timestamp '2026-01-02 03:04:05.678901' as d, timestamptz '2026-01-02 03:04:05+00' as e, true as f, [1, 2] as g,
        {'a': 1} as h, interval 1 day as i, null as j, time '10:00' as k, 'x'::blob as l,
        uuid '00000000-0000-0000-0000-000000000001' as m"""
    picture = build_chart(chart(sql=sql, mark="table"), query)
    [row] = json.loads(json.dumps(picture.as_dict(), allow_nan=False))["rows"]
    assert row[:6] == [1, 1.25, None, "2026-01-02T03:04:05.678", "2026-01-02T03:04:05.000", "true"]


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (1234567, "number", "1,234,567"), (1234.56, "number", "1,235"), (12.345, "number", "12.35"),
        (0.012345, "number", "0.0123"), (0, "number", "0"), (-3, "number", "−3"), (3.0, "number", "3"),
        (0.1234, "percent", "12.3\u00a0%"), (0.05, "change", "+5.0\u00a0%"), (-0.05, "change", "−5.0\u00a0%"),
        (-0.00001, "change", "0.00\u00a0%"), (0.0042, "percent", "0.42\u00a0%"), (0, "change", "0\u00a0%"),
        (1234.56, "dollars", "$1,235"), (-12.5, "dollars", "−$12.50"), (7, "euros", "€7.00"), (2026, "plain", "2026"),
        (3, "days", "3\u00a0days"), (3.25, "days", "3.25\u00a0days"),
    ],
)  # fmt: skip
def test_values_read_as_people_write_them(value: float, style: Any, text: str) -> None:
    assert formatted(value, style) == text


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (175_914_928.4, "dollars", "$175.9M"), (9_999_999, "dollars", "$9,999,999"), (-2.5e9, "number", "−2.5B"),
        (0.25, "percent", "25.0\u00a0%"), (20_000_000, "plain", "20000000"),
    ],
)  # fmt: skip
def test_a_large_figure_is_short(value: float, style: Any, text: str) -> None:
    assert compact(value, style) == text
