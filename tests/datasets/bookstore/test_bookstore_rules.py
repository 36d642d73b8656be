"""What must hold of every row, at any size."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from support.bookstores import ANCHOR, DEFAULTS, bookstore, in_duckdb, table

SHOPS = {
    "a tenth": {"scale": 0.1},
    "default": {},
    "another seed": {"seed": 7},
    "fifty times": {"scale": 50},
    "one day": {"scale": 5, "start": ANCHOR - timedelta(days=1)},
    "one book": {"scale": 0.001, "sales": 500, "inventory": 10},
    "more publishers than books": {"publishers": 300},
}


@pytest.fixture(scope="module", params=SHOPS)
def shop(request):
    return in_duckdb(bookstore(**SHOPS[request.param]))


def none(shop, query: str) -> None:
    found = shop.execute(query).fetchmany(3)
    assert found == [], query


def test_volumes_are_exact_and_at_least_one():
    for scale in (0.001, 0.1, 1, 3.3):
        world = bookstore(scale)
        expected = {name: max(1, round(count * scale)) for name, count in DEFAULTS.items()}
        expected["campaign_events"] = max(12, expected["campaign_events"] + expected["campaign_events"] % 2)
        assert {name: world.tables[name].count() for name in world.tables} == expected
        shop = in_duckdb(world)
        assert {name: shop.table(name).count("*").fetchall()[0][0] for name in world.tables} == expected


@pytest.mark.parametrize(
    ("name", "column", "pattern"),
    [
        ("publishers", "publisher_id", r"PUB_\d{6}"),
        ("books", "book_id", r"BOOK_\d{6}"),
        ("sales", "transaction_id", r"TXN_\d{8}"),
        ("inventory", "inventory_id", r"INV_\d{8}"),
        ("campaign_events", "campaign_id", r"CAMP_\d{6}"),
    ],
)
def test_ids_are_numbered_from_one_without_a_gap(shop, name, column, pattern):
    none(shop, f"select {column} from {name} where not regexp_full_match({column}, '{pattern}')")
    number = f"regexp_extract({column}, '[0-9]+')::int"
    none(shop, f"select 1 from {name} having min({number}) <> 1 or max({number}) <> count(*)")
    none(shop, f"select {column} from {name} group by 1 having count(*) > 1")


def test_keys_refer_to_rows_that_are_there(shop):
    none(shop, "select 1 from books anti join publishers using (publisher_id)")
    none(shop, "select 1 from sales anti join books using (book_id)")
    none(shop, "select 1 from inventory anti join books using (book_id)")


def check_digit(twelve: str) -> str:
    """ISBN Users' Manual, 7th edition, 4.5: weights 1 and 3, what is missing to a multiple of ten."""
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve))
    return str((10 - total % 10) % 10)


@pytest.mark.parametrize("published", ["9780306406157", "9783161484100", "9780131103627", "9788420412146"])
def test_the_oracle_knows_published_isbns(published):
    assert check_digit(published[:12]) == published[12]


def test_isbns_are_valid_of_the_language_and_unique(shop):
    rows = shop.execute("select isbn, language from books").fetchall()
    assert all(len(isbn) == 13 and isbn[12] == check_digit(isbn[:12]) for isbn, _ in rows)
    groups = {"English": ("9780", "9781"), "French": ("9782",), "German": ("9783",), "Spanish": ("97884",)}
    assert all(isbn.startswith(groups[language]) for isbn, language in rows)
    assert len({isbn for isbn, _ in rows}) == len(rows)


def test_a_book_does_not_come_before_its_publisher(shop):
    none(
        shop,
        "select * from books b join publishers p using (publisher_id) where publication_year < established_year",
    )
    none(shop, "select 1 from books where publication_year > 2025")
    none(shop, "select 1 from books b join publishers p using (publisher_id) where b.created_at < p.created_at")


def test_publishers_are_as_old_as_their_type_allows_and_have_names_of_their_own(shop):
    none(shop, "select 1 from publishers where publisher_type = 'Digital' and established_year < 1998")
    none(shop, "select 1 from publishers where established_year not between 1750 and 2024")
    none(shop, "select publisher_name from publishers group by 1 having count(*) > 1")
    words = "Verlag|Edition|Bücher|Presse|Buch|verlag|Söhne|Digital|Hör|E-Books|Online"
    none(shop, f"select * from publishers where country = 'DE' and not regexp_matches(publisher_name, '{words}')")
    none(shop, "select * from publishers where country <> 'DE' and publisher_name like '%erlag%'")
    none(
        shop,
        """select * from publishers where country in ('US', 'GB', 'CA', 'AU') and publisher_type = 'Academic'
        and not regexp_matches(publisher_name, 'University|Academic|College')""",
    )


def test_no_ebook_is_older_than_the_first_ones(shop):
    none(shop, "select 1 from books where format in ('eBook', 'Audiobook') and publication_year < 2000")


def test_books_speak_the_language_of_their_publisher():
    shop = in_duckdb(bookstore(scale=50))
    home = "map {'DE': 'German', 'FR': 'French', 'ES': 'Spanish'}"
    shares = shop.execute(
        f"""select country, avg((language = coalesce(({home})[country], 'English'))::int)
        from books join publishers using (publisher_id) group by 1"""
    ).fetchall()
    assert len(shares) == 7
    assert all(share > 0.8 for _, share in shares), shares


def test_no_title_says_a_word_twice(shop):
    titles = [title for (title,) in shop.execute("select title from books").fetchall()]
    for title in titles:
        words = [word for word in title.replace(":", "").split() if word[0].isupper() and word not in ("The", "A")]
        assert len(set(words)) == len(words), title


def test_inactive_publishers_bring_out_nothing_new(shop):
    inactive = "select book_id from books join publishers using (publisher_id) where active_status = 'Inactive'"
    none(shop, f"{inactive} and books.created_at >= (select min(created_at) from sales)")


def test_publishers_have_as_many_titles_as_they_say(shop):
    none(
        shop,
        """select publisher_id, total_titles, count(book_id) from publishers left join books using (publisher_id)
        group by 1, 2 having total_titles <> count(book_id)""",
    )


def test_a_sale_is_of_a_book_that_is_out_at_its_list_price(shop):
    none(shop, "select 1 from sales join books using (book_id) where year(sale_date) < publication_year")
    none(shop, "select 1 from sales s join books b using (book_id) where s.created_at < b.created_at")
    none(shop, "select 1 from sales join books using (book_id) where unit_price <> price")
    none(shop, "select 1 from sales where sale_date <> created_at::date")


def test_amounts_are_exact_rounded_half_up(shop):
    rows = shop.execute("select quantity, unit_price, discount_percent, total_amount from sales").fetchall()
    for quantity, price, percent, total in rows:
        exact = quantity * price * (1 - percent / 100)
        assert total == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert percent in {0, 10, 20, 30, 40}
        assert quantity > 0


def test_digital_books_are_sold_online_or_directly_and_lie_in_no_warehouse(shop):
    digital = "format in ('eBook', 'Audiobook')"
    none(shop, f"select 1 from sales join books using (book_id) where {digital} and channel in ('Retail', 'Wholesale')")
    none(shop, f"select 1 from inventory join books using (book_id) where {digital}")


def test_stock_is_of_the_past(shop):
    none(shop, f"select 1 from inventory where last_restock_date >= date '{ANCHOR.date()}'")
    none(shop, "select 1 from inventory where created_at::date > last_restock_date")
    none(shop, "select 1 from inventory i join books b using (book_id) where i.created_at < b.created_at")
    none(shop, "select 1 from inventory where stock_quantity < 0 or reorder_point < 1 or shelf_life_days < 1")
    none(shop, "select 1 from inventory where storage_cost_per_unit <= 0")


def test_campaigns_are_within_their_bounds(shop):
    none(shop, "select 1 from campaign_events where clicks > impressions or clicks < 0 or spend <= 0")
    none(shop, "select 1 from campaign_events where impressions not between 1000 and 10000")
    none(shop, "select 1 from campaign_events where (experiment_id is null) <> (treatment_group is null)")
    none(shop, "select 1 from campaign_events where campaign_date <> created_at::date")
    found = shop.execute(
        "select distinct experiment_id, treatment_group from campaign_events where experiment_id is not null"
    )
    pairs = {(f"EXP_{number:03}", group) for number in range(1, 6) for group in ("control", "treatment")}
    assert set(found.fetchall()) == pairs
    assert shop.execute("select count(*) from campaign_events where experiment_id is null").fetchone()[0] > 0


def test_tables_with_time_ascend(shop):
    for name in ("sales", "campaign_events"):
        key = {"sales": "transaction_id", "campaign_events": "campaign_id"}[name]
        none(shop, f"select 1 from (select created_at < lag(created_at) over (order by {key}) d from {name}) where d")
        none(shop, f"select 1 from {name} where created_at >= timestamp '{ANCHOR}'")


def test_words_are_those_of_the_vocabulary():
    shop = in_duckdb(bookstore(50))
    expected = {
        ("publishers", "publisher_type"): {"Traditional", "Independent", "Academic", "Digital"},
        ("publishers", "active_status"): {"Active", "Inactive"},
        ("books", "genre"): {"Fiction", "Non-Fiction", "Science", "Biography", "Fantasy"},
        ("books", "format"): {"Hardcover", "Paperback", "eBook", "Audiobook"},
        ("books", "language"): {"English", "Spanish", "French", "German"},
        ("sales", "channel"): {"Online", "Retail", "Wholesale", "Direct"},
        ("sales", "customer_type"): {"Individual", "Business", "Educational"},
        ("sales", "region"): {"North", "South", "East", "West", "Central"},
        ("inventory", "warehouse_location"): {"Warehouse_A", "Warehouse_B", "Warehouse_C"},
    }
    for (name, column), words in expected.items():
        assert {row[0] for row in shop.execute(f"select distinct {column} from {name}").fetchall()} == words


def test_prices_and_lengths_fall_into_all_categories():
    shop = in_duckdb(bookstore(50))
    price = "case when price < 15 then 1 when price < 30 then 2 when price < 50 then 3 else 4 end"
    pages = "case when page_count < 150 then 1 when page_count < 300 then 2 when page_count < 500 then 3 else 4 end"
    for category in (price, pages):
        shares = Counter(row[0] for row in shop.execute(f"select {category} from books").fetchall())
        assert set(shares) == {1, 2, 3, 4}
        assert min(shares.values()) > 0.02 * shares.total()


def test_stock_has_something_to_say_to_a_buyer():
    world = bookstore(50)
    shop = in_duckdb(world)
    shop.register("ended", world.ended())
    rows = shop.execute("select count(*), count(*) filter (stock_quantity <= reorder_point) from inventory").fetchone()
    assert 0.1 * rows[0] < rows[1] < 0.3 * rows[0]
    dead = shop.execute(
        "select count(*) from inventory join ended using (book_id) where stock_quantity > 0"
    ).fetchone()[0]
    assert dead > 0.03 * rows[0]
    none(shop, "select 1 from inventory join ended using (book_id) where last_restock_date >= no_demand_from")
    long_ago = "last_restock_date < date '2025-12-31' - 180"
    none(shop, f"select 1 from inventory anti join ended using (book_id) where {long_ago}")
    assert shop.execute(f"select count(*) from inventory where {long_ago}").fetchone()[0] > 0.5 * dead
    none(shop, "select 1 from sales join ended using (book_id) where sale_date >= no_demand_from")
    assert (
        shop.execute(
            "select count(*) from inventory group by book_id, warehouse_location having count(*) > 1"
        ).fetchall()
        == []
    )


def test_the_clock_only_appends_sales_and_campaigns():
    world, later = bookstore(10), datetime(2026, 3, 1)
    for name in world.tables:
        before, after = world.tables[name].count(), world.tables[name].count(later)
        if world.tables[name].time_column is None:
            assert after == before
            continue
        assert after > before
        old, new = table(world, name), table(world, name, clock=later)
        assert new.slice(0, before).equals(old)
        assert new.slice(before).column("created_at").to_pylist()[0] >= ANCHOR
