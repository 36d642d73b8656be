"""Customers as people: gender goes with the first name."""

from __future__ import annotations

import pytest

from support.retail_worlds import clean, retail

WOMEN = ("Mary", "Jennifer", "Elizabeth", "Linda", "Barbara", "Susan", "Sarah", "Jessica", "Karen", "Lisa", "Nancy")
MEN = ("James", "Michael", "John", "Robert", "David", "William", "Richard", "Joseph", "Thomas", "Christopher", "Daniel")


@pytest.fixture(scope="module")
def day():
    return clean(retail(days=0.01, sales_per_batch=0))


@pytest.mark.parametrize(("names", "gender", "never"), [(WOMEN, "female", "male"), (MEN, "male", "female")])
def test_the_gender_is_that_of_the_first_name(day, names, gender, never):
    counts = dict(
        day.execute(
            "select gender, count(*) from customers where split_part(name, ' ', 1) in ? group by 1", [list(names)]
        ).fetchall()
    )
    total = sum(counts.values())
    assert total > 1_000
    assert counts.get(never, 0) / total < 0.02
    assert counts[gender] / total == pytest.approx(0.97, abs=0.02)


def test_three_in_a_hundred_are_other_and_women_are_about_half(day):
    shares = dict(
        day.execute("select gender, count(*) / (select count(*) from customers) from customers group by 1").fetchall()
    )
    assert shares["other"] == pytest.approx(0.03, abs=0.005)
    assert 0.4 < shares["female"] < 0.57
    assert set(shares) == {"female", "male", "other"}
