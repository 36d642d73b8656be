"""Places: city, state, postal code and phone fit each other, by tables of the test's own."""

from __future__ import annotations

import re

import pytest

from support.retail_worlds import clean, retail

KNOWN = {
    "New York, NY": (r"10[01]\d\d", {"212", "646", "332"}),
    "Brooklyn, NY": (r"112\d\d", {"718", "347", "929"}),
    "Los Angeles, CA": (r"900\d\d", {"213", "323"}),
    "San Francisco, CA": (r"941\d\d", {"415", "628"}),
    "Chicago, IL": (r"606\d\d", {"312", "773", "872"}),
    "Houston, TX": (r"770\d\d", {"713", "281", "832", "346"}),
    "Dallas, TX": (r"752\d\d", {"214", "469", "972"}),
    "Phoenix, AZ": (r"850\d\d", {"602", "480", "623"}),
    "Philadelphia, PA": (r"191\d\d", {"215", "267", "445"}),
    "Jacksonville, FL": (r"322\d\d", {"904"}),
    "Miami, FL": (r"331\d\d", {"305", "786"}),
    "Columbus, OH": (r"432\d\d", {"614", "380"}),
    "Indianapolis, IN": (r"462\d\d", {"317", "463"}),
    "Seattle, WA": (r"981\d\d", {"206"}),
    "Denver, CO": (r"802\d\d", {"303", "720"}),
    "Washington, DC": (r"200\d\d", {"202"}),
    "Boston, MA": (r"02[12]\d\d", {"617", "857"}),
    "Detroit, MI": (r"482\d\d", {"313"}),
    "Atlanta, GA": (r"303\d\d", {"404", "470", "678"}),
    "Minneapolis, MN": (r"554\d\d", {"612"}),
    "Honolulu, HI": (r"968\d\d", {"808"}),
    "Portland, OR": (r"972\d\d", {"503", "971"}),
    "Portland, ME": (r"041\d\d", {"207"}),
}
FIRST_DIGIT = {
    "0": {"CT", "MA", "ME", "NH", "NJ", "RI", "VT"},
    "1": {"DE", "NY", "PA"},
    "2": {"DC", "MD", "NC", "SC", "VA", "WV"},
    "3": {"AL", "FL", "GA", "MS", "TN"},
    "4": {"IN", "KY", "MI", "OH"},
    "5": {"IA", "MN", "MT", "ND", "SD", "WI"},
    "6": {"IL", "KS", "MO", "NE"},
    "7": {"AR", "LA", "OK", "TX"},
    "8": {"AZ", "CO", "ID", "NM", "NV", "UT", "WY"},
    "9": {"AK", "CA", "HI", "OR", "WA"},
}
"""The states of a postal code's first digit, as the US Postal Service assigns them."""
ADDRESS = re.compile(r"^(\d{1,3}) ([A-Z][a-z]+ [A-Z][a-z]+), ([A-Z][A-Za-z. ]+, [A-Z]{2}) (\d{5})$")


@pytest.fixture(scope="module")
def day():
    return clean(retail(sales_per_batch=0, initial={"stores": 2_000}))


def places(day, table: str) -> list[tuple[str, str, str]]:
    """City with state, postal code and area code of each record."""
    found = []
    for address, phone in day.execute(f"select address, phone_number from {table}").fetchall():
        part = ADDRESS.match(address)
        assert part, address
        assert re.match(r"^\d{3}-555-01\d\d$", phone), phone
        found.append((part[3], part[4], phone[:3]))
    return found


@pytest.mark.parametrize("table", ["stores", "customers"])
def test_postal_code_and_area_code_are_those_of_the_city(day, table):
    seen = set()
    for city, code, area in places(day, table):
        assert city[-2:] in FIRST_DIGIT[code[0]], (city, code)
        if city in KNOWN:
            seen.add(city)
            pattern, areas = KNOWN[city]
            assert re.fullmatch(pattern, code), (city, code)
            assert area in areas, (city, area)
    assert len(seen) > 18


def test_large_cities_have_more_stores_than_small_ones(day):
    cities = [city for city, _, _ in places(day, "stores")]
    assert len(set(cities)) > 80
    assert cities.count("Brooklyn, NY") > cities.count("Boston, MA") > cities.count("Burlington, VT")


def test_a_store_is_named_after_its_city_and_no_two_alike(day):
    named = day.execute("select store_id, any_value(name), any_value(address) from stores group by 1").fetchall()
    assert all(f" {ADDRESS.match(address)[3][:-4]} " in name for _, name, address in named)
    assert len({name for _, name, _ in named}) == len(named) > 1_999


def test_customers_live_where_the_stores_are():
    world = clean(retail(sales_per_batch=0, days=0.01))
    stores = {city for city, _, _ in places(world, "stores")}
    customers = [city for city, _, _ in places(world, "customers")]
    assert 0.95 < sum(city in stores for city in customers) / len(customers) < 1
    assert len(stores) > 25


def test_customers_move_within_their_city(day):
    moved = day.execute(
        """select list(distinct address), list(distinct phone_number) from customers group by customer_id
        having count(distinct address) > 1"""
    ).fetchall()
    assert len(moved) > 100
    for addresses, phones in moved:
        assert len({ADDRESS.match(address)[3] for address in addresses}) == 1
        assert len(phones) >= 1
