"""Sales come as the demand function says, and the demand function is what the page says."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from support.bookstores import ANCHOR, START, bookstore, in_duckdb, table

SALES = 300_000
DAYS = (ANCHOR - START).days


@pytest.fixture(scope="module")
def world():
    return bookstore(books=400, publishers=12, sales=SALES)


@pytest.fixture(scope="module")
def shop(world):
    """Tables, `demand` by book and day, `sold` (sales and units by book and day), promotion of the book in the week."""
    connection = in_duckdb(world)
    connection.register("expected", world.demand(0, 400, START, DAYS))
    connection.register("ended", world.ended())
    connection.execute("create table demand as from expected")
    connection.execute(
        """create table sold as select book_id, sale_date as day, count(*) n, sum(quantity) units,
        min(discount_percent) filter (channel <> 'Wholesale') as off from sales group by all"""
    )
    return connection


def fitting(found: np.ndarray, expected: np.ndarray) -> float:
    """p-value of Pearson's chi-square, one cell each."""
    statistic = ((found - expected) ** 2 / expected).sum()
    return float(stats.chi2.sf(statistic, len(found) - 1))


def dispersion(shop) -> float:
    """Variance of units ÷ mean units, of a Poisson number of sales with these quantities: E q² ÷ E q."""
    return shop.execute("select sum(quantity * quantity) / sum(quantity) from sales").fetchone()[0]


def test_all_books_and_days_are_there_and_add_up(shop):
    assert shop.execute("select count(*), count(distinct (book_id, day)) from demand").fetchone() == (400 * DAYS,) * 2
    expected, found = shop.execute(
        "select sum(expected_units), (select sum(quantity) from sales) from demand"
    ).fetchone()
    assert found == pytest.approx(expected, abs=5 * (dispersion(shop) * expected) ** 0.5)


@pytest.mark.parametrize(
    "grain", ["book_id", "(book_id, dayofweek(day))", "(book_id, month(day))", "(book_id, day // 7)"]
)
def test_units_agree_with_the_demand_function(shop, grain):
    grain = grain.replace("day // 7", "date_trunc('week', day)")
    rows = shop.execute(
        f"""select coalesce(sum(units), 0)::double, sum(expected_units) from demand left join sold using (book_id, day)
        group by {grain} having sum(expected_units) > 60"""
    ).fetchnumpy()
    found, expected = list(rows.values())
    scale = dispersion(shop)
    assert len(found) > 100
    assert 1e-4 < fitting(found / scale, expected / scale) < 1 - 1e-6


def test_no_demand_no_sale(shop):
    assert (
        shop.execute("select * from sold left join demand using (book_id, day) where not expected_units > 0").fetchall()
        == []
    )


def test_days_have_their_number_of_sales(shop):
    """Sales are in even shares of the season's mass, so a day's number is its expectation, rounded."""
    per_sale = """select day, sum(expected_units) / avg(n) as ratio from demand
        join (select day, sum(n) n from sold group by day) using (day) group by day"""
    low, high = shop.execute(f"select min(ratio), max(ratio) from ({per_sale})").fetchone()
    assert high / low < 1.15  # only the mix of printed and digital books moves it


def test_discounts_raise_demand_as_stated(shop):
    """Within a book, the ratio of units at a discount to those in weeks without, from the sales alone."""
    shop.execute(
        """create or replace table weeks as select book_id, date_trunc('week', day) w, sum(n) n, min(off) off,
        from sold group by all having off is not null"""
    )
    rows = shop.execute(
        """with season as (select date_trunc('week', day) w, sum(n) total from sold group by 1),
        usual as (select book_id, sum(n) / sum(total) rate from weeks join season using (w)
            where off = 0 and book_id not in (select book_id from books where publication_year >= 2023) group by 1)
        select off::int, sum(n) / sum(rate * total) from weeks join season using (w) join usual using (book_id)
        group by 1 order by 1"""
    ).fetchall()
    found = dict(rows)
    for off, response in {0: 1.0, 10: 1.25, 20: 1.6, 30: 2.2}.items():
        assert found[off] == pytest.approx(response, rel=0.05)


def test_promotions_are_as_frequent_as_stated(shop):
    """Of books that are sold every week, so that each week shows its discount."""
    rows = shop.execute(
        """with weeks as (select book_id, date_trunc('week', day) w, min(off) off from sold group by all),
        often as (select book_id from weeks group by 1 having count(off) >= 52)
        select off::int, count(*) from weeks join often using (book_id) where off is not null group by 1 order by 1"""
    ).fetchall()
    found = np.array([count for _, count in rows])
    assert stats.chisquare(found, found.sum() * np.array([0.88, 0.05, 0.04, 0.03])).pvalue > 1e-4


def season(day: date) -> float:
    """Without the market's mood: weekday, and straight lines between the middles of the months."""
    weekday = (90, 86, 90, 100, 122, 140, 72)[day.weekday()]
    months = (880, 820, 850, 880, 900, 950, 880, 900, 1060, 1010, 1180, 1650)
    begin = date(day.year, day.month, 15)
    if day < begin:
        begin = date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 15)
    end = date(begin.year + (begin.month == 12), begin.month % 12 + 1, 15)
    along = (day - begin) / (end - begin)
    return weekday * (months[begin.month - 1] * (1 - along) + months[end.month - 1] * along)


def test_the_season_is_the_documented_one(world):
    """Demand ÷ season leaves the mood: triangular within 30 %, another each day, no trend of its own."""
    units = world.demand(0, 400, START, 5 * 365)
    by_day = units.group_by("day").aggregate([("expected_units", "sum")]).sort_by("day")
    mood = np.array(by_day["expected_units_sum"]) / [season(day) for day in by_day["day"].to_pylist()]
    mood /= mood.mean()
    assert 0.66 < mood.min() < 0.74
    assert 1.26 < mood.max() < 1.34
    assert mood.std() == pytest.approx(0.3 / 6**0.5, rel=0.06)
    assert abs(np.corrcoef(mood[1:], mood[:-1])[0, 1]) < 0.1


def test_a_launch_decays_as_stated(world):
    """Of a book that comes out in the range, against one that was out for years, on days without promotions."""
    connection = in_duckdb(world)
    connection.register("demand", world.demand(0, 400, START, DAYS))
    rows = connection.execute(
        """with total as (select day, sum(expected_units) t from demand group by day),
        born as (select book_id, min(day) first from demand where expected_units > 0 group by 1)
        select book_id, array_agg(expected_units / t order by day) from demand join total using (day)
        join born using (book_id) where first > date '2025-01-01' and first < date '2025-06-01' and day >= first
        group by 1"""
    ).fetchall()
    assert len(rows) >= 5
    for _, shares in rows:
        curve = np.array(shares) / (1 + 2 * 0.985 ** np.arange(len(shares)))
        levels = curve / np.median(curve)  # 1 without a promotion
        plain = np.abs(levels - 1) < 0.12  # the attraction of all other books moves the share a little
        assert plain.mean() > 0.75


@pytest.mark.parametrize(("first", "last"), [(0, 6), (7, 29), (30, 89)])
def test_new_books_sell_at_their_age_as_expected(shop, first, last):
    found, expected = shop.execute(
        f"""with born as (select book_id, min(day) first from demand where expected_units > 0 group by 1
            having min(day) > date '2025-01-01')
        select coalesce(sum(units), 0), sum(expected_units) from demand join born using (book_id)
        left join sold using (book_id, day) where day - first between {first} and {last}"""
    ).fetchone()
    assert expected > 2_000
    assert abs(found - expected) < 3.5 * (dispersion(shop) * expected) ** 0.5


def test_demand_has_a_long_tail(shop):
    rows = shop.execute("select sum(expected_units) u from demand group by book_id order by u desc").fetchnumpy()["u"]
    share = rows.cumsum() / rows.sum()
    assert 0.3 < share[39] < 0.6  # a tenth of the books sells about half
    assert share[199] > 0.75


def test_the_long_tail_is_what_is_drawn():
    from sbdk.datasets.bookstore.demand import LongTail
    from sbdk.synth.cells import bits

    for books in (1, 2, 3, 7, 100, 1000):
        tail = LongTail(np.uint64(5), books)
        share = tail.share(np.arange(books, dtype=np.uint64))
        assert share.sum() == pytest.approx(1, abs=1e-12)
        drawn = tail.draw(bits(np.uint64(9), np.arange(200_000, dtype=np.uint64)))
        found = np.bincount(drawn.view(np.int64), minlength=books)
        assert books == 1 or stats.chisquare(found, share * 200_000).pvalue > 1e-4
        zipf = 1 / (np.arange(books) + 10 + books // 1000)
        falling = np.sort(share)[::-1]
        assert np.abs(falling.cumsum() - zipf.cumsum() / zipf.sum()).max() < 0.02


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 100, 1000, 4097])
def test_a_permutation_has_each_number_once_and_can_be_read_backwards(size):
    from sbdk.datasets.bookstore.permutation import Permutation

    permutation = Permutation(np.uint64(77), size)
    rows = np.arange(size, dtype=np.uint64)
    there = permutation.forward(rows)
    assert np.array_equal(np.sort(there), rows)
    assert np.array_equal(permutation.backward(there), rows)
    if size >= 100:
        assert abs(np.corrcoef(rows, there)[0, 1]) < 4 / size**0.5


def test_demand_of_any_part_is_a_part_of_the_whole(world):
    whole = world.demand(0, 400, START, 60)
    part = world.demand(17, 23, START + timedelta(days=20), 9)
    wanted = {f"BOOK_{number:06}" for number in range(18, 24)}
    picked = [
        row
        for row in whole.to_pylist()
        if row["book_id"] in wanted and date(2025, 1, 21) <= row["day"] < date(2025, 1, 30)
    ]
    assert part.to_pylist() == picked


def test_there_is_demand_after_the_anchor_and_none_before_the_start(world):
    before = world.demand(0, 400, START - timedelta(days=30), 30)["expected_units"]
    assert set(before.to_pylist()) == {0.0}
    after = world.demand(0, 400, ANCHOR, 28)
    sales = table(world, "sales", start=SALES, clock=datetime(2026, 1, 29))
    expected = pa.compute.sum(after["expected_units"]).as_py()
    assert pa.compute.sum(sales["quantity"]).as_py() == pytest.approx(expected, rel=0.05)
