"""Totals: the sales of each day, and the coverage of features, a row for each book and day."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from datetime import date

from sbdk.datasets.bookstore.grading.results import RowsScore
from sbdk.datasets.bookstore.grading.roles import BookstoreTables
from sbdk.score.session import ScoreSession, truth

_SUMS = "count(*) as sales, sum(quantity)::decimal(38, 2) as units, sum(amount)::decimal(38, 2) as amount"


def daily_sales(session: ScoreSession, graded: BookstoreTables) -> RowsScore | None:
    """Number, quantity and amount of the sales of every day, against those that the generator made."""
    if graded.is_excluded("fact_sales"):
        return None
    right = f"select sale_date as day, quantity, total_amount as amount from {truth('sales')}"
    found = "select null::date as day, 0 as quantity, 0::decimal(18, 2) as amount where false"
    if graded.has("fact_sales"):
        cells = [graded.require_column("fact_sales", name) for name in ("sale_date", "quantity", "total_amount")]
        found = f"""select try_cast({cells[0]} as date) as day, {cells[1]} as quantity, {cells[2]} as amount
          from {graded.relation("fact_sales")}"""
    wrong = session.create(
        "wrong_days",
        f"""select coalesce(r.day, f.day) as day, r.sales, f.sales as f_sales, r.units, f.units as f_units,
          r.amount, f.amount as f_amount
        from (select cast(day as date) as day, {_SUMS} from ({right}) group by 1) r
        full join (select day, {_SUMS} from ({found}) group by 1) f on r.day = f.day
        where (r.sales, r.units, r.amount) is distinct from (f.sales, f.units, f.amount)""",
    )
    days = session.row(f"select count(distinct cast(sale_date as date)) from {truth('sales')}")[0]
    count = session.row(f"select count(*) from {wrong}")[0]
    return RowsScore(days, count, _first_day(session, wrong) if count else "")


def _first_day(session: ScoreSession, wrong: str) -> str:
    day, *pairs = session.row(f"from {wrong} order by day limit 1")
    differences = [
        f"{_number(found)} {name}, not {_number(right)}"
        for name, right, found in zip(("sales", "units", "in money"), pairs[::2], pairs[1::2], strict=True)
        if right != found
    ]
    return f"{day}: {', '.join(differences)}"


def _number(value: float | None) -> str:
    return f"{value or 0:,.2f}".removesuffix(".00")


def feature_coverage(session: ScoreSession, graded: BookstoreTables, last_day: date) -> RowsScore | None:
    """A row for each book and day, from the book's first row to the last day, with what was sold that day.

    The table decides where a book begins; a book without a row begins the day after it was listed.
    """
    if graded.is_excluded("demand_features"):
        return None
    end = f"date '{last_day}'"
    found = "select null::varchar as book_id, null::date as day, null::bigint as units where false"
    target = None
    if graded.has("demand_features"):
        book, day = (graded.require_column("demand_features", name) for name in ("book_id", "feature_date"))
        target = graded.column("demand_features", "target_units")
        found = f"""select {book}::varchar as book_id, try_cast({day} as date) as day,
          try_cast({target or "null"} as bigint) as units from {graded.relation("demand_features")}"""
    rows = session.create(
        "feature_rows", f"select book_id, day, any_value(units) as units, count(*) as times from ({found}) group by all"
    )
    books = session.create("feature_books", _books(rows, end))
    expected, gaps = session.row(f"select coalesce(sum(expected), 0), coalesce(sum(missing), 0) from {books}")
    double = session.row(f"select coalesce(sum(times - 1), 0) from {rows}")[0]
    off = session.create("wrong_targets", _targets(rows, end)) if target else None
    missold = session.row(f"select count(*) from {off}")[0] if off else 0
    first = (
        _gap(session, books)
        if gaps
        else _double(session, rows)
        if double
        else _missold(session, off)
        if missold
        else ""
    )
    return RowsScore(int(expected), int(gaps + double + missold), first)


def _books(rows: str, end: str) -> str:
    """SQL: per book, the number of expected rows and of missing ones."""
    return f"""
    with found as (
      select book_id, min(day) as first, max(day) as last, count(*) as days from {rows} group by book_id
    ),
    listed as (select book_id, cast(created_at as date) + 1 as first from {truth("books")}),
    begun as (
      select book_id, coalesce(found.first, listed.first) as first, coalesce(days, 0) as days,
        greatest({end}, (select max(last) from found)) as last
      from listed left join found using (book_id)
    )
    select book_id, first, greatest(last - first + 1, 0) as expected, greatest(last - first + 1 - days, 0) as missing
    from begun"""


def _targets(rows: str, end: str) -> str:
    """SQL: rows whose units differ from those that the book sold that day."""
    return f"""
    select r.book_id, r.day, r.units, coalesce(s.units, 0) as sold
    from {rows} r left join (
      select book_id, cast(sale_date as date) as day, sum(quantity) as units from {truth("sales")} group by all
    ) s using (book_id, day)
    where r.day <= {end} and r.units is distinct from coalesce(s.units, 0)"""


def _gap(session: ScoreSession, books: str) -> str:
    book, missing = session.row(
        f"select book_id, missing from {books} where missing > 0 order by missing desc, 1 limit 1"
    )
    return f"{book} has no row for {missing:,} of its days"


def _double(session: ScoreSession, rows: str) -> str:
    book, day, times = session.row(
        f"select book_id, day, times from {rows} where times > 1 order by day, book_id limit 1"
    )
    return f"{book} has {times:,} rows for {day}"


def _missold(session: ScoreSession, wrong: str | None) -> str:
    book, day, units, sold = session.row(f"from {wrong} order by day, book_id limit 1")
    return f"{book} on {day}: {'null' if units is None else units} units, not {sold:g}"
