"""E-mail addresses: none twice, human-looking, at any volume."""

import re

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from sbdk.synth.vocab import LOCALES, names


def local_parts(world, rows: int):
    made = world(rows, 0, 0)
    return (batch["email"] for batch in made.tables["raw_users"].batches())


def distinct(columns) -> tuple[int, int]:
    reader = pa.RecordBatchReader.from_batches(
        pa.schema([("email", pa.string())]), (pa.record_batch([column], names=["email"]) for column in columns)
    )
    connection = duckdb.connect()
    connection.register("emails", reader)
    return connection.execute("select count(*), count(distinct split_part(email, '@', 1)) from emails").fetchone()


def test_none_of_300_000_local_parts_twice(world) -> None:
    assert distinct(local_parts(world, 300_000)) == (300_000, 300_000)


@pytest.mark.faults
def test_none_of_ten_million_local_parts_twice(world) -> None:
    assert distinct(local_parts(world, 10_000_000)) == (10_000_000, 10_000_000)


@pytest.mark.parametrize("rows", [10**7, 10**9])
def test_far_slices_share_no_local_part_with_the_first_rows(world, rows: int) -> None:
    made = world(2_000_000_000, 0, 0)
    slices = [made.tables["raw_users"].batches(low, low + 20_000) for low in (0, rows, rows + 65_536, rows + 6_553_600)]
    seen = [email.partition("@")[0] for part in slices for batch in part for email in batch["email"].to_pylist()]
    assert len(set(seen)) == 80_000


@pytest.mark.parametrize("locale", ["country", "fr_FR"])
def test_addresses_look_like_people(world, read, locale: str) -> None:
    users = read(world(5_000, 0, 0, locale=locale), "raw_users").to_pylist()
    for user in users:
        first, last, number = re.fullmatch(r"([a-z]+)[._-]([a-z]+?)(\d*)", user["email"].partition("@")[0]).groups()
        pool = names(user["country"] if locale == "country" else "FR")
        place = pool.first_ascii.index(first), pool.last_ascii.index(last)
        whole = [pool.first[place[0]], pool.last[place[1]]]
        assert user["name"] == " ".join(reversed(whole) if pool.family_first else whole)
        assert number == "" or 0 < int(number) < 100


def test_small_numbers_and_none_are_as_frequent_as_others(world, read) -> None:
    emails = read(world(60_000, 0, 0), "raw_users")["email"].to_pylist()
    numbers = [int(re.search(r"(\d*)@", email).group(1) or 0) for email in emails]
    counts = np.bincount(numbers, minlength=100)
    assert len(counts) == 100
    assert counts.min() > 450
    assert counts.max() < 770


def test_a_spelling_has_one_index_in_all_countries() -> None:
    """What uniqueness rests on."""
    for kind in ("first_ascii", "last_ascii"):
        index_of: dict[str, int] = {}
        for country in LOCALES.values():
            spellings = getattr(names(country), kind)
            assert len(set(spellings)) == 256
            for index, spelling in enumerate(spellings):
                assert re.fullmatch("[a-z]{2,14}", spelling)
                assert index_of.setdefault(spelling, index) == index


def test_names_are_true_to_the_country() -> None:
    german = names("DE")
    assert {"Müller", "Schmidt", "Schneider"} <= set(german.last)
    assert {"Martin", "Bernard", "Dubois"} <= set(names("FR").last)
    assert {"Smith", "Jones", "Williams"} <= set(names("US").last) & set(names("GB").last)
    assert all(any("぀" <= letter <= "鿿" for letter in name) for name in names("JP").first + names("JP").last)
    overlap = set(german.last_ascii) & set(names("US").last_ascii)
    assert len(overlap) < 40


def test_every_pair_of_names_comes_once_in_65_536_rows(world, read) -> None:
    """The permutation: within a block of 65,536 rows no first and last name meet twice, for one country."""
    users = read(world(65_536, 0, 0, locale="en_US"), "raw_users")["name"].to_pylist()
    assert len(set(users)) == 65_536
