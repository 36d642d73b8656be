"""E-mail addresses: none twice, human-looking, at any volume."""

import re

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from sbdk.synth.vocab import names

BLOCK = 2**20
"""Rows in which each pair of slots of names comes once."""


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


def test_none_of_2_200_000_local_parts_twice(world) -> None:
    """More than two blocks of 2²⁰ rows."""
    assert distinct(local_parts(world, 2_200_000)) == (2_200_000, 2_200_000)


@pytest.mark.faults
def test_none_of_ten_million_local_parts_twice(world) -> None:
    assert distinct(local_parts(world, 10_000_000)) == (10_000_000, 10_000_000)


@pytest.mark.parametrize("rows", [10**7, 10**9])
def test_far_slices_share_no_local_part_with_the_first_rows(world, rows: int) -> None:
    made = world(2_000_000_000, 0, 0)
    slices = [
        made.tables["raw_users"].batches(low, low + 20_000) for low in (0, rows, rows + 2**20, rows + 100 * 2**20)
    ]
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
        assert number == "" or int(number) > 0


def test_numbers_are_short_in_a_table_of_ten_thousand(world, read) -> None:
    emails = read(world(10_000, 0, 0), "raw_users")["email"].to_pylist()
    digits = np.bincount([len(re.search(r"(\d*)@", email).group(1)) for email in emails], minlength=5)
    assert digits[0] > 200
    assert digits[:3].sum() > 8_500
    assert digits[:4].sum() > 9_950
    assert digits[5:].sum() == 0


def test_names_are_true_to_the_country() -> None:
    german = names("DE")
    assert {"Müller", "Schmidt", "Schneider"} <= set(german.last)
    assert {"Martin", "Bernard", "Dubois"} <= set(names("FR").last)
    assert {"Smith", "Jones", "Williams"} <= set(names("US").last) & set(names("GB").last)
    assert all(any("぀" <= letter <= "鿿" for letter in name) for name in names("JP").first + names("JP").last)
    overlap = set(german.last_ascii) & set(names("US").last_ascii)
    assert len(overlap) < 40
