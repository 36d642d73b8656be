from __future__ import annotations

from sbdk.core.errors import nearest, suggestion

TABLES = ("users", "events", "orders")


def test_the_nearest_name_and_all_of_them() -> None:
    assert suggestion("user", TABLES) == "did you mean 'users'? known: users, events, orders"


def test_nothing_alike_is_not_guessed() -> None:
    assert nearest("zebra", TABLES) is None
    assert suggestion("zebra", TABLES) == "known: users, events, orders"


def test_no_names_at_all() -> None:
    assert suggestion("users", []) == "known: none"


def test_a_stricter_cutoff_guesses_less() -> None:
    assert nearest("evens", TABLES, cutoff=0.8) == "events"
    assert nearest("evxxts", TABLES, cutoff=0.8) is None


def test_another_heading_another_list_and_the_keys_above() -> None:
    hint = suggestion("user", iter(TABLES), heading="it has", shown=["users", "more"], within=["data_volume"])
    assert hint == "did you mean 'data_volume.users'? it has: users, more"
