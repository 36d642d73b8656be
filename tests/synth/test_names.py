"""People's names: as frequent as in their country, well formed, and never two people of one e-mail address."""

import importlib
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, kstest

from sbdk.synth.cells import cell_key
from sbdk.synth.columns.names import NamePools, name_slots, permuted
from sbdk.synth.vocab import LOCALES, Names, names

COUNTRIES = list(LOCALES.values())
BLOCK = 2**20
KEY = cell_key(42, "people", "name")


def rows(start: int, stop: int) -> np.ndarray:
    return np.arange(start, stop, dtype=np.uint64)


def first_names(key: np.uint64, people: np.ndarray, pool: Names) -> np.ndarray:
    """The position in `pool.first` of each one's first name."""
    return NamePools([pool]).people(key, people).first


def shares(country: str, kind: str) -> dict[str, float]:
    pool = names(country)
    slots = Counter(getattr(pool, f"{kind}_slots"))
    return {name: slots[position] / 1_024 for position, name in enumerate(getattr(pool, kind))}


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("kind", ["first", "last"])
def test_a_name_is_drawn_as_often_as_its_share_says(country: str, kind: str) -> None:
    """Chi-square of 20,000 rows under each of 30 keys; its p-values are even."""
    expected = np.array(list(shares(country, kind).values())) * 20_000
    places = []
    for seed in range(30):
        people = NamePools([names(country)]).people(cell_key(seed, country, kind), rows(0, 20_000))
        drawn = np.bincount(getattr(people, kind), minlength=256)
        places.append(chi2.cdf(((drawn - expected) ** 2 / expected).sum() / (1 - 20_000 / BLOCK), 255))
    assert kstest(places, "uniform").pvalue > 1e-4


def test_in_a_whole_block_each_pair_comes_exactly_as_often_as_its_shares_say() -> None:
    people = NamePools([names("GB")]).people(KEY, rows(BLOCK, 2 * BLOCK))
    drawn = np.bincount(people.first * 256 + people.last, minlength=65_536).reshape(256, 256)
    first, last = (np.array(list(shares("GB", kind).values())) * 1_024 for kind in ("first", "last"))
    assert (drawn == np.outer(first, last)).all()


@pytest.mark.parametrize("words", [0, 1, 2**64 - 1, 0x9E3779B97F4A7C15])
def test_a_block_is_permuted(words: int) -> None:
    found = permuted(rows(0, BLOCK), np.full(BLOCK, words, np.uint64))
    assert (np.bincount(found.astype(np.int64), minlength=BLOCK) == 1).all()


def test_first_and_last_names_of_one_row_and_of_neighbours_are_independent() -> None:
    places = []
    for seed in range(40):
        _, first, last = name_slots(cell_key(seed, "people", "name"), rows(0, 20_000))
        for one, other in ((first, last), (first[1:], first[:-1]), (last[1:], last[:-1]), (first[2:], last[:-2])):
            table = np.bincount((one >> 5) * 32 + (other >> 5), minlength=1_024)
            mean = len(one) / 1_024
            places.append(chi2.cdf(((table - mean) ** 2 / mean).sum() / (1 - len(one) / BLOCK), 1_023))
    assert kstest(places, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("start", [0, BLOCK - 50_000, 2_000_000_000])
def test_spellings_and_number_are_another_one_for_each_row_in_any_mixture_of_countries(start: int) -> None:
    wanted = rows(start, start + 700_000)
    country = np.random.default_rng(start).integers(0, 7, len(wanted))
    people = NamePools([names(code) for code in COUNTRIES]).people(KEY, wanted, country)
    words: dict[str, int] = {}
    spelt = [
        np.array([words.setdefault(word, len(words)) for code in COUNTRIES for word in getattr(names(code), kind)])
        for kind in ("first_ascii", "last_ascii")
    ]
    whole = (spelt[0].take(people.first) * 10_000 + spelt[1].take(people.last)) * 10**8 + people.number
    assert people.number.min() >= 0
    assert people.number.max() < 10**8
    assert len(np.unique(whole)) == len(wanted)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50), st.integers(0, 2**64 - 1))
def test_a_person_depends_on_key_and_row_alone(numbers: list[int], key: int) -> None:
    pools = NamePools([names(code) for code in COUNTRIES])
    wanted = np.array(numbers, np.uint64)
    country = np.array([number % 7 for number in numbers])
    together = pools.names(pools.people(np.uint64(key), wanted, country)).to_pylist()
    for place in range(len(numbers)):
        one = pools.people(np.uint64(key), wanted[place : place + 1], country[place : place + 1])
        assert pools.names(one).to_pylist() == [together[place]]


def test_first_names_are_those_of_the_people() -> None:
    pool = names("FR")
    whole = NamePools([pool]).names(NamePools([pool]).people(KEY, rows(0, 5_000))).to_pylist()
    for name, position in zip(whole, first_names(KEY, rows(0, 5_000), pool), strict=True):
        assert name.startswith(pool.first[position] + " ")


def faker(locale: str, attribute: str) -> dict[str, float]:
    found = getattr(importlib.import_module(f"faker.providers.person.{locale}").Provider, attribute)
    return dict(sorted(found.items(), key=lambda item: -item[1])[:256])


@pytest.mark.parametrize(("country", "locale"), [("US", "en_US"), ("GB", "en_GB")])
def test_last_names_are_as_frequent_as_in_the_census(country: str, locale: str) -> None:
    """Faker holds the frequencies that national statistics publish; half a slot of 1,024 is lost by rounding."""
    census = faker(locale, "last_names")
    whole = sum(census.values())
    for name, share in shares(country, "last").items():
        assert share == pytest.approx(census.get(name, min(census.values())) / whole, abs=1 / 1_024)


def test_first_names_are_as_frequent_as_among_the_born() -> None:
    """Half the Americans are women; of each half, Faker has the frequencies."""
    women, men = (faker("en_US", f"first_names_{gender}") for gender in ("female", "male"))
    ratio = sum(share for name, share in shares("US", "first").items() if name in women or name in men)
    assert ratio > 0.999
    found = shares("US", "first")
    for name in ("Jennifer", "Michael", "James", "Mary"):
        born = (women.get(name, 0) + men.get(name, 0)) / 2
        assert found[name] == pytest.approx(born, rel=0.35)
    assert found["Michael"] > 5 * found["Derrick"]


def test_common_names_are_common() -> None:
    for country, kind, common, rare in (
        ("US", "last", "Smith", "Mendez"),
        ("GB", "last", "Jones", "Slater"),
        ("DE", "last", "Müller", "Döring"),
        ("FR", "first", "Marie", "Dorothée"),
        ("JP", "last", "佐藤", "広瀬"),
    ):
        assert shares(country, kind)[common] > 8 * shares(country, kind)[rare]


@pytest.mark.parametrize("country", COUNTRIES)
def test_half_the_people_are_women(country: str) -> None:
    pool = names(country)
    assert 0.47 < sum(pool.female[position] for position in pool.first_slots) / 1_024 < 0.53
    assert all(0 <= part <= 1 for part in pool.female)
    assert Counter(pool.first_slots).keys() == Counter(pool.last_slots).keys() == set(range(256))


@pytest.mark.parametrize(
    ("country", "women", "men", "either"),
    [
        ("US", ["Jennifer", "Mary", "Lisa"], ["Michael", "John", "David"], ["Casey", "Angel"]),
        ("GB", ["Susan", "Sarah"], ["David", "Paul"], []),
        ("CA", ["Sylvie", "Lisa"], ["Robert", "Peter"], []),
        ("AU", ["Sarah", "Karen"], ["Andrew", "Craig"], ["Kerry"]),
        ("DE", ["Anna", "Ursula"], ["Hans", "Lukas"], []),
        ("FR", ["Nathalie", "Isabelle"], ["Pierre", "Jean"], []),
        ("JP", ["花子", "恵子"], ["健太", "大輔"], ["千秋"]),
    ],
)
def test_first_names_know_their_gender(country: str, women: list[str], men: list[str], either: list[str]) -> None:
    pool = names(country)
    female = dict(zip(pool.first, pool.female, strict=True))
    assert all(female[name] > 0.97 for name in women)
    assert all(female[name] < 0.03 for name in men)
    assert all(0.3 < female[name] < 0.7 for name in either)


@pytest.mark.parametrize("country", COUNTRIES)
def test_names_are_well_formed(country: str) -> None:
    """Particles stand before the name, not alone or after it; one name, no title, no initial."""
    pool = names(country)
    latin = r"((van|von|der|de|du|la|le|De|Da|Dos|Le|La) )*(O'|Mc|Mac|St-)?[A-ZÀ-Ý][a-zß-ÿœ]+(-[A-ZÀ-Ý][a-zß-ÿœ]+)*"
    japanese = "[぀-ヿ一-鿿々]{1,4}"
    for name in pool.first + pool.last:
        assert re.fullmatch(japanese if country == "JP" else latin, name), name
    for spellings in (pool.first_ascii, pool.last_ascii):
        assert len(set(spellings)) == 256
        assert all(re.fullmatch("[a-z]{2,14}", spelling) for spelling in spellings)


def test_the_names_once_broken_are_gone_or_mended() -> None:
    german = names("DE").last
    assert not {"auch Schlauchin", "Dussen van", "Grein Groth", "Jacobi Jäckel", "Koch II"} & set(german)
