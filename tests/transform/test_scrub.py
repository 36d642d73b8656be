"""Which environment variables count as secrets, and that none of their values gets through."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbdk.transform.child.scrub import Scrubber

VALUE = "s3cr3t-v4lue"


@pytest.mark.parametrize(
    "name",
    ["DBT_ENV_SECRET_X", "PGPASSWORD", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PWD", "SENTRY_DSN", "apikey"],
)
def test_a_secrets_name_tells(name: str, tmp_path: Path) -> None:
    scrub = Scrubber({name: VALUE}, str(tmp_path))
    assert scrub({"message": f"at {VALUE}!", "rows": [VALUE, 3]}) == {"message": "at ***!", "rows": ["***", 3]}


@pytest.mark.parametrize("name", ["PWD", "HOME", "SBDK_DATABASE", "SSH_AUTH_SOCK", "MONKEY", "LANG"])
def test_ordinary_variables_are_no_secrets(name: str, tmp_path: Path) -> None:
    assert Scrubber({name: VALUE}, str(tmp_path)).text(VALUE) == VALUE


def test_what_the_profile_asks_for_is_secret_but_for_our_own(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text("a: {{ env_var('LAKE') }}\nb: {{ env_var(\"SBDK_DATABASE\", 'x') }}\n")
    scrub = Scrubber({"LAKE": VALUE, "SBDK_DATABASE": "/data/dev.duckdb"}, str(tmp_path))
    assert scrub.text(f"{VALUE} in /data/dev.duckdb") == "*** in /data/dev.duckdb"


def test_one_secret_within_another_leaves_no_rest(tmp_path: Path) -> None:
    scrub = Scrubber({"A_TOKEN": "abcdef", "B_TOKEN": "abcdefghij"}, str(tmp_path))
    assert scrub.text("abcdefghij abcdef") == "*** ***"
