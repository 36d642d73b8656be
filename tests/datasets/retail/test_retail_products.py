"""Products that exist: what a garment is made of, how it fits, in which sizes it comes and what it costs."""

from __future__ import annotations

import re

import pytest

from support.retail_worlds import START, clean, retail

ABSURD = [
    ("Ankle Boots", "viscose|cotton|wool|linen|denim"),
    ("Loafers", "wool|viscose|polyester|denim"),
    ("Sandals", "wool|fleece|denim|viscose"),
    ("Beanie", "leather|denim|linen|suede|silk"),
    ("Scarf", "leather|denim|canvas"),
    ("Belt", "wool|fleece|cashmere|jersey"),
    ("Tie", "leather|denim|fleece|jersey"),
    ("Jeans", "wool|silk|leather|fleece|linen"),
    ("T-Shirt", "leather|denim|corduroy|wool"),
    ("Leather Jacket", "cotton|wool|polyester|linen"),
    ("Wool Coat", "leather|cotton|denim"),
    ("Turtleneck", "denim|leather|corduroy"),
    ("Puffer Jacket", "leather|linen|jersey"),
    ("Raincoat", "wool|linen|denim|leather"),
    ("Slip Dress", "corduroy|leather|fleece"),
    ("Linen Shirt", "denim|polyester|flannel"),
    ("Socks", "leather|denim|silk"),
]
"""A garment, and materials that it is never made of."""
KNOWN = {
    "T-Shirt": ("Tops", 10, 50),
    "Polo Shirt": ("Tops", 15, 90),
    "Cardigan": ("Knitwear", 30, 200),
    "Jeans": ("Trousers", 30, 180),
    "Leggings": ("Trousers", 15, 100),
    "Maxi Dress": ("Dresses", 45, 240),
    "Pencil Skirt": ("Skirts", 25, 130),
    "Parka": ("Outerwear", 100, 500),
    "Leather Jacket": ("Outerwear", 150, 650),
    "Sneakers": ("Shoes", 35, 180),
    "Beanie": ("Accessories", 10, 65),
    "Socks": ("Accessories", 5, 35),
}
"""A garment, its category, and dollars between which anybody would expect its price."""
LETTERS = {"XS", "S", "M", "L", "XL", "XXL"}


@pytest.fixture(scope="module")
def day():
    return clean(retail(sales_per_batch=0, initial={"products": 20_000}))


def of(garment: str) -> str:
    """Products of the garment, whose name ends in it; a T-Shirt is no Long-Sleeve T-Shirt."""
    return f"from products where name like '% {garment}' and name not like '%-Sleeve {garment}'"


@pytest.mark.parametrize(("garment", "materials"), ABSURD)
def test_no_garment_is_of_an_absurd_material(day, garment, materials):
    described = [text for (text,) in day.execute(f"select distinct description {of(garment)}").fetchall()]
    assert described
    made_of = {re.match(rf"{garment} in (.*?), ", text)[1] for text in described}
    assert not [material for material in made_of if re.search(rf"\b({materials})\b", material)]
    assert len(made_of) > 1


@pytest.mark.parametrize("garment", KNOWN)
def test_category_and_first_price_are_those_of_the_garment(day, garment):
    category, low, high = KNOWN[garment]
    found = day.execute(
        f"select list(distinct category), min(price), max(price) {of(garment)} and last_update_time = ?", [START]
    ).fetchall()[0]
    assert found[0] == [category]
    assert low < found[1] < found[2] < high
    assert found[2] > 1.5 * float(found[1])  # there is a range


def test_prices_end_in_9_and_never_leave_70_to_120_percent_of_the_first(day):
    query = """with first as (select product_id, min_by(price, last_update_time) as price from products group by 1)
        select count(*), count(*) filter (p.price <> f.price), count(*) filter ((p.price * 100)::int % 10 <> 9),
        count(*) filter (p.price not between .7 * f.price - .1 and 1.2 * f.price + .1)
        from products p join first f using (product_id)"""
    records, changed, no_nine, outside = day.execute(query).fetchall()[0]
    assert (no_nine, outside) == (0, 0)
    assert records > changed > 300


@pytest.mark.parametrize(
    ("category", "sizes"),
    [
        ("Knitwear", LETTERS),
        ("Outerwear", LETTERS),
        ("Shoes", {f"US {size}" for size in range(5, 14)}),
        ("Skirts", {f"US {size}" for size in range(0, 20, 2)}),
    ],
)
def test_sizes_are_those_of_the_category(day, category, sizes):
    found = day.execute("select distinct size from products where category = ?", [category]).fetchall()
    assert {size for (size,) in found} == sizes


@pytest.mark.parametrize("garment", ["Beanie", "Scarf", "Tote Bag", "Tie"])
def test_what_has_no_size_is_one_size(day, garment):
    assert day.execute(f"select distinct size {of(garment)}").fetchall() == [("one size",)]


@pytest.mark.parametrize("category", ["Shoes", "Accessories"])
def test_shoes_and_accessories_have_no_fit(day, category):
    fits = "select count(*) from products where category = ? and regexp_matches(description, ' (fit|cut),')"
    assert day.execute(fits, [category]).fetchall() == [(0,)]
    assert day.execute(fits, ["Outerwear"]).fetchall()[0][0] > 1_000


def test_denim_is_dyed_and_leather_is_not_sky_blue(day):
    assert day.execute(f"select count(*) {of('Jeans')} and color in ('Mustard', 'Plum', 'Teal')").fetchall() == [(0,)]
    assert day.execute(f"select count(*) {of('Loafers')} and color = 'Sky Blue'").fetchall() == [(0,)]


def test_products_of_one_style_differ_in_color_and_share_the_rest(day):
    query = """select name, count(*), count(distinct color), count(distinct (category, brand, description))
        from products where last_update_time = ? group by name having count(*) > 1"""
    shared = day.execute(query, [START]).fetchall()
    assert len(shared) > 1_000
    assert all(products == colors and looks == 1 for _, products, colors, looks in shared)


def test_some_brands_are_dearer_than_others(day):
    query = f"select brand, avg(price) {of('Parka')} and last_update_time = ? group by 1 having count(*) > 3"
    prices = sorted(float(price) for _, price in day.execute(query, [START]).fetchall())
    assert len(prices) > 20
    assert prices[-1] > 1.6 * prices[0]
