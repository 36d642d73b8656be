"""Every built-in generator: what it promises, seen in the rows it makes."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats

from support.declared_shop import ANCHOR, START, columns, made, opened, table

ROWS = 5_000


def values(**declared: dict[str, Any]) -> list[Any]:
    """What the last of the columns holds."""
    return made(**declared)[next(reversed(declared))].to_pylist()


def matches_shares(found: list[Any], shares: dict[Any, float]) -> bool:
    counts, total = Counter(found), sum(shares.values())
    expected = [share / total * len(found) for share in shares.values()]
    return set(counts) <= set(shares) and stats.chisquare([counts[v] for v in shares], expected).pvalue > 1e-4


def test_choice_takes_weights_beside_the_values_or_in_a_mapping() -> None:
    assert matches_shares(
        values(c={"generator": "choice", "values": {"a": 6, "b": 3, "c": 1}}), {"a": 6, "b": 3, "c": 1}
    )
    listed = {"generator": "choice", "values": ["a", "b"], "weights": [1, 4]}
    assert matches_shares(values(c=listed), {"a": 1, "b": 4})
    assert matches_shares(values(c={"generator": "choice", "values": [1, 2, 3]}), {1: 1, 2: 1, 3: 1})


def test_choice_by_another_column_uses_its_weights_and_multipliers() -> None:
    tier = {"generator": "choice", "values": ["bronze", "silver", "gold"]}
    source = {
        "generator": "choice",
        "values": {"web": 6, "app": 3, "phone": 1},
        "by": "tier",
        "when": {"gold": {"web": 1, "phone": 3}},
        "times": {"silver": {"phone": 2}},
    }
    rows = made(tier=tier, source=source).select(["tier", "source"]).to_pylist()
    expected = {
        "bronze": {"web": 6, "app": 3, "phone": 1},
        "silver": {"web": 6, "app": 3, "phone": 2},
        "gold": {"web": 1, "phone": 3},
    }
    for name, shares in expected.items():
        assert matches_shares([row["source"] for row in rows if row["tier"] == name], shares)


def test_a_condition_may_have_128_values_and_nulls() -> None:
    other = {"generator": "choice", "values": [f"v{i}" for i in range(128)], "nulls": 0.1}
    word = {"generator": "choice", "values": {"a": 1, "b": 0}, "by": "other", "when": {"v127": {"b": 1}}}
    rows = made(other=other, word=word).to_pylist()
    assert all((row["word"] == "b") == (row["other"] == "v127") for row in rows)


def test_choice_by_a_boolean_or_a_null_finds_its_weights() -> None:
    flag = {"generator": "bool", "nulls": 0.3}
    word = {"generator": "choice", "values": {"a": 1, "b": 0}, "by": "flag", "when": {"true": {"b": 1}}}
    rows = made(flag=flag, word=word).select(["flag", "word"]).to_pylist()
    assert {(row["flag"], row["word"]) for row in rows} == {(True, "b"), (False, "a"), (None, "a")}


def test_numbers_stay_inside_their_ends_and_reach_them() -> None:
    found = values(c={"generator": "integer", "low": -3, "high": 3})
    assert matches_shares(found, dict.fromkeys(range(-3, 4), 1))
    cents = values(c={"generator": "decimal", "low": 0.98, "high": 1.01})
    assert matches_shares(cents, dict.fromkeys(map(Decimal, ("0.98", "0.99", "1.00", "1.01")), 1))
    floats = values(c={"generator": "float", "low": 2, "high": 4})
    assert stats.kstest([(value - 2) / 2 for value in floats], "uniform").pvalue > 1e-4


def test_quantiles_have_equal_shares_between_their_values() -> None:
    found = values(c={"generator": "quantiles", "values": [0, 1, 2, 10]})
    assert matches_shares([0 if x < 1 else 1 if x < 2 else 2 for x in found], {0: 1, 1: 1, 2: 1})
    assert 0 <= min(found) <= max(found) < 10


def test_booleans_have_their_probability() -> None:
    assert matches_shares(values(c={"generator": "bool", "probability": 0.2}), {True: 1, False: 4})


def test_nulls_have_their_share_and_are_independent_of_the_value() -> None:
    column = {"generator": "choice", "values": ["a", "b"]}
    plain, some_null = values(c=column), values(c={**column, "nulls": 0.25})
    assert matches_shares([value is None for value in some_null], {True: 1, False: 3})
    assert all(there in (value, None) for value, there in zip(plain, some_null, strict=True))
    kept = [value for value, there in zip(plain, some_null, strict=True) if there is None]
    assert matches_shares(kept, {"a": 1, "b": 1})


def test_uuids_are_version_4_and_distinct() -> None:
    found = values(c={"generator": "uuid"})
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(pattern.fullmatch(value) for value in found)
    assert len(set(found)) == ROWS
    for place in (0, 7, 15, 19, 20, 35):
        assert matches_shares([value[place] for value in found], dict.fromkeys(sorted({v[place] for v in found}), 1))


def test_patterns_fill_every_place_evenly() -> None:
    found = values(c={"generator": "pattern", "pattern": "SKU-####-??-#######"})
    assert all(re.fullmatch(r"SKU-\d{4}-[A-Z]{2}-\d{7}", value) for value in found)
    for place in (4, 7, 12, 18):
        assert matches_shares([value[place] for value in found], dict.fromkeys("0123456789", 1))
    assert matches_shares([value[9] for value in found], dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1))


def test_formats_put_columns_into_text() -> None:
    word = {"generator": "choice", "values": ["a", "b"], "nulls": 0.1}
    rows = made(word=word, text={"generator": "format", "format": "no. {id}: {word}!"}).to_pylist()
    for row in rows:
        assert row["text"] == (None if row["word"] is None else f"no. {row['id']}: {row['word']}!")


def test_mappings_look_values_up() -> None:
    country = {"generator": "choice", "values": ["US", "DE", "XX"], "nulls": 0.1}
    currency = {"generator": "mapping", "column": "country", "values": {"US": "USD", "DE": "EUR"}}
    rows = made(country=country, currency=currency).to_pylist()
    assert {(row["country"], row["currency"]) for row in rows} == {
        ("US", "USD"),
        ("DE", "EUR"),
        ("XX", None),
        (None, None),
    }


def test_dates_lie_between_their_ends() -> None:
    found = values(c={"generator": "date", "low": "2024-02-28", "high": "2024-03-01"})
    assert matches_shares(found, {date(2024, 2, 28): 1, date(2024, 2, 29): 1, date(2024, 3, 1): 1})


def test_a_time_after_another_waits_as_long_as_it_should() -> None:
    declared = {"at": {"generator": "arrivals"}, "later": {"generator": "after", "of": "at", "low": "1h", "high": "2d"}}
    waits = [row["later"] - row["at"] for row in made(**declared).to_pylist()]
    assert timedelta(hours=1) <= min(waits)
    assert max(waits) <= timedelta(days=2)
    assert stats.kstest([(wait - timedelta(hours=1)) / timedelta(hours=47) for wait in waits], "uniform").pvalue > 1e-4


def test_arrivals_follow_weekdays_and_hours() -> None:
    hours = [0] * 9 + [1] * 8 + [0] * 7
    found = values(at={"generator": "arrivals", "weekdays": [2, 1, 1, 1, 1, 0, 0], "hours": hours})
    assert matches_shares([time.weekday() for time in found], {0: 2 * 52, 1: 52, 2: 53, 3: 52, 4: 52})
    assert {time.hour for time in found} == set(range(9, 17))
    assert START <= min(found) <= max(found) < ANCHOR


def test_constants_are_constant() -> None:
    assert set(values(c={"generator": "constant", "value": "x"})) == {"x"}
    assert set(values(c={"generator": "constant", "value": 7})) == {7}


def test_columns_are_converted_to_the_type_that_is_asked_for() -> None:
    rows = made(
        small={"generator": "integer", "high": 9, "type": "int16"},
        plain={"generator": "choice", "values": ["a"], "type": "string"},
    )
    assert (rows.schema.field("small").type, rows.schema.field("plain").type) == (pa.int16(), pa.string())


def test_names_are_of_the_country_and_addresses_of_the_name() -> None:
    rows = made(
        country={"generator": "choice", "values": ["JP", "DE", "BR"]},
        name={"generator": "name", "country": "country"},
        mail={"generator": "email", "of": "name", "domains": ["shop.example", "mail.example"]},
    ).to_pylist()
    assert all(re.fullmatch(r"[a-z]+[._-][a-z]+\d*@(shop|mail)\.example", row["mail"]) for row in rows)
    assert len({row["mail"] for row in rows}) == ROWS
    for row in rows:
        if row["country"] == "BR" and row["name"].isascii() and row["name"].replace(" ", "").isalpha():
            first, last = row["name"].lower().split(" ")
            assert re.split(r"[._-]", row["mail"].split("@")[0].rstrip("0123456789")) == [first, last]
    assert sum(not row["name"].isascii() for row in rows if row["country"] == "JP") > 0


def test_addresses_stay_unique_over_far_apart_rows() -> None:
    declared = {"name": {"generator": "name"}, "mail": {"generator": "email", "of": "name"}}
    content = columns(**declared)
    content["tables"]["t"]["rows"] = 2_000_000_000
    world = opened(content)
    parts = [table(world, "t", a, a + 150_000)["mail"] for a in (0, 6_553_000, 6_710_000, 1_300_000_000)]
    assert pc.count_distinct(pa.chunked_array([c for part in parts for c in part.chunks])).as_py() == 600_000


def test_a_table_may_refer_to_its_own_earlier_rows() -> None:
    found = values(boss={"generator": "foreign_key", "parent": "t"})
    assert found[0] is None
    assert all(1 <= boss <= row for row, boss in enumerate(found[1:], 1))
    quarter = [boss / row for row, boss in enumerate(found[1:], 1) if row > 1_000]
    assert stats.kstest(quarter, "uniform").pvalue > 1e-4


def test_foreign_keys_weigh_by_category() -> None:
    content = columns(tier={"generator": "choice", "values": ["a", "b"]})
    key = {"generator": "foreign_key", "parent": "t", "weight": "tier", "weights": {"a": 1, "b": 3}}
    child = {
        "id": {"generator": "sequence"},
        "t_id": key,
        "tier": {"generator": "parent", "of": "t_id", "column": "tier"},
    }
    content["tables"]["child"] = {"rows": ROWS, "key": "id", "columns": child}
    world = opened(content)
    tiers = Counter(table(world, "t")["tier"].to_pylist())
    assert matches_shares(table(world, "child")["tier"].to_pylist(), {"a": tiers["a"], "b": 3 * tiers["b"]})


def test_an_optional_foreign_key_hides_its_parents_cells_too() -> None:
    content = columns(tier={"generator": "choice", "values": ["a", "b"]})
    child = {
        "id": {"generator": "sequence"},
        "t_id": {"generator": "foreign_key", "parent": "t", "nulls": 0.5},
        "tier": {"generator": "parent", "of": "t_id", "column": "tier"},
    }
    content["tables"]["child"] = {"rows": 500, "key": "id", "columns": child}
    rows = table(opened(content), "child").to_pylist()
    assert {(row["t_id"] is None, row["tier"] is None) for row in rows} == {(True, True), (False, False)}


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tables_of_hardly_any_rows_work(rows: int) -> None:
    content = columns(at={"generator": "arrivals"}, name={"generator": "name"})
    content["tables"]["t"]["rows"] = rows
    assert table(opened(content), "t").num_rows == rows
