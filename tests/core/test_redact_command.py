"""A recorded command holds no secret, wherever on the command line it stood."""

from __future__ import annotations

import pytest

from sbdk.core.redact import redact_command

COMMANDS = [
    (["airflow", "--password", "hunter2secret", "run"], "airflow --password *** run"),
    (["tool", "--api-key=abc", "-v"], "tool --api-key=*** -v"),
    (["env", "DB_PASSWORD=x", "sbdk", "dev"], "env DB_PASSWORD=*** sbdk dev"),
    (["sbdk", "dev", "--target", "prod"], "sbdk dev --target prod"),
    (["load", "postgres://me:pass@host/db"], "load postgres://***@host/db"),
    (["tool", "--token", "--json"], "tool --token --json"),
]


@pytest.mark.parametrize(("words", "shown"), COMMANDS)
def test_options_and_urls(words: list[str], shown: str) -> None:
    assert redact_command(words) == shown
    assert redact_command(" ".join(words)) == shown


def test_values_of_secret_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_TOKEN", "from-the-process")
    given = {"DB_PASSWORD": "from-dotenv", "CITY": "berlin"}
    text = redact_command("run x=from-the-process y=from-dotenv z=berlin", given)
    assert text == "run x=*** y=*** z=berlin"
