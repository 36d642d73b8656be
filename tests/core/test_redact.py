"""What counts as a secret, and that every output masks the same values."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.cli.webhooks import _RedactingFormatter
from sbdk.core import redact
from sbdk.core.redact import SHORTEST, Redactor, is_secret_name, redact_command, secrets_of_url, without_secrets
from sbdk.server.jobs.job import JobLog
from sbdk.spec.secrets import is_secret_key
from sbdk.transform.worker_process import main, parent, redact_files

VALUE = "s3cr3t-v4lue"
NAMES = [
    "DBT_ENV_SECRET_X", "PGPASSWORD", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PWD", "SENTRY_DSN", "apikey",
    "SSH_PASSPHRASE", "AZURE_CONNECTION_STRING", "SBDK_WEBHOOKS__SECRET", "SBDK_ALERTS__URL", "SBDK_TRACKING__TOKEN",
    "SBDK_DESTINATION__PROD__URL", "GOOGLE_CREDENTIALS", "PROXY_AUTH",
]  # fmt: skip
ORDINARY = ["PWD", "HOME", "SBDK_DATABASE", "SSH_AUTH_SOCK", "MONKEY", "LANG", "SBDK_WEBHOOKS__REPOSITORY_URL"]
SECRETS = [VALUE, "first-line\nsecond-line", 'say "friend" & enter/größe', "p@ss:word?", "a%20b+c d"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_that_the_value_is_secret(name: str) -> None:
    masked = Redactor.of_environment({name: VALUE})
    assert masked({"message": f"at {VALUE}!", "rows": [VALUE, 3]}) == {"message": "at ***!", "rows": ["***", 3]}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_variables_are_no_secrets(name: str) -> None:
    assert Redactor.of_environment({name: VALUE}).text(VALUE) == VALUE


@pytest.mark.parametrize(
    "key", ["password", "api_key", "tokens", "secret_id", "connection_string", "dsn", "private_key"]
)
def test_what_a_configuration_file_may_not_hold_is_masked_as_a_variable(key: str) -> None:
    assert is_secret_key(key)
    assert is_secret_name(key.upper())


def test_what_the_profile_asks_for_is_secret_but_for_our_own(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text("a: {{ env_var('LAKE') }}\nb: {{ env_var(\"SBDK_DATABASE\", 'x') }}\n")
    masked = Redactor.of_environment({"LAKE": VALUE, "SBDK_DATABASE": "/data/dev.duckdb"}, tmp_path)
    assert masked.text(f"{VALUE} in /data/dev.duckdb") == "*** in /data/dev.duckdb"


def test_one_secret_within_another_leaves_no_rest() -> None:
    assert Redactor(["abcdef", "abcdefghij"]).text("abcdefghij abcdef") == "*** ***"


def test_a_short_value_is_left_alone() -> None:
    short, long = "x" * (SHORTEST - 1), "y" * SHORTEST
    assert Redactor([short, long]).text(f"{short} {long}") == f"{short} ***"


@given(secret=st.text(st.characters(exclude_categories=("Cs",)), min_size=SHORTEST, max_size=30))
def test_no_spelling_of_a_line_gets_through(secret: str) -> None:
    masked = Redactor([secret])
    for line in secret.splitlines():
        if len(line) < SHORTEST:
            continue
        for spelling in (
            line,
            quote(line, safe=""),
            json.dumps(line)[1:-1],
            json.dumps(line, ensure_ascii=False)[1:-1],
        ):
            assert masked.text(f"<{spelling}>") == "<***>"
            assert masked.bytes(f"<{spelling}>".encode()) == b"<***>"


def test_a_variable_that_is_no_text_is_masked_too() -> None:
    value = os.fsdecode(b"p\xff\xfessword")
    assert Redactor([value]).bytes(b"at p\xff\xfessword") == b"at ***"


def _record(text: str) -> str:
    return str(without_secrets({"text": text})["text"])


def _log(text: str) -> str:
    record = logging.LogRecord("sbdk", logging.INFO, "", 0, "%s", (text,), None)
    return _RedactingFormatter(SECRETS).format(record).partition(" sbdk ")[2]


def _job_log(folder: Path, text: str) -> str:
    log = JobLog(folder / "log.txt", SECRETS, 1_000_000)
    log.write(text.encode())
    log.close()
    return (folder / "log.txt").read_text()


def _worker(folder: Path, text: str) -> str:
    """A message of the dbt worker, whose Python may have no sbdk."""
    reading, writing = os.pipe()
    sent = parent.Channel(writing, main._redactor({"redact": redact.__file__, "profiles_dir": str(folder)}))
    sent.send("note", text=text)
    os.close(writing)
    with os.fdopen(reading) as lines:
        return str(json.loads(lines.readline())["text"])


def _artifact(folder: Path, text: str) -> str:
    """A file that dbt leaves."""
    path = folder / "target" / "manifest.json"
    path.parent.mkdir()
    path.write_text(text)
    redact_files.redact_files(str(path.parent), Redactor.of_environment(os.environ))
    return path.read_text()


def test_every_output_masks_the_same(tmp_path: Path, monkeypatch) -> None:
    for number, secret in enumerate(SECRETS):
        monkeypatch.setenv(f"NUMBER_{number}_TOKEN", secret)
    text = " | ".join([*SECRETS, *map(quote, SECRETS), *map(json.dumps, SECRETS), "innocent", "admin"])
    outputs = {
        "record": _record(text),
        "log": _log(text),
        "job log": _job_log(tmp_path, text),
        "worker": _worker(tmp_path, text),
        "artifact": _artifact(tmp_path, text),
        "command": redact_command([text]),
    }
    command = outputs.pop("command")
    assert len(set(outputs.values())) == 1, outputs
    for shown in (*outputs.values(), command):
        assert "innocent" in shown
        assert "admin" in shown
        assert not [line for secret in SECRETS for line in secret.splitlines() if VALUE in shown or line in shown]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["sbdk", "dev", "--full-refresh"], "sbdk dev --full-refresh"),
        (["sbdk", "dev", "--from", "2026-01-01 00:00"], "sbdk dev --from '2026-01-01 00:00'"),
        (["some-airflow", "--password", "hunter2secret"], "some-airflow --password ***"),
        (["x", "--api-key=abc def", "--token", "-dash", "--verbose"], "x --api-key=*** --token *** --verbose"),
        (["env", "PGPASSWORD=a", "psql"], "env PGPASSWORD=*** psql"),
        (["git", "clone", "https://me:abc@host/x.git"], "git clone https://***@host/x.git"),
        (["git", "clone", "https://ghp_abc@host/x.git"], "git clone https://***@host/x.git"),
        (["curl", "https://host/?token=abc&page=2"], "curl https://host/?token=***&page=2"),
        (["dbt", "--vars", '{"api_token": "a b", "n": 1}'], 'dbt --vars {"api_token": ***, "n": 1}'),
        (["dbt", "--vars", "{password: abc, n: 1}"], "dbt --vars {password: ***, n: 1}"),
    ],
)  # fmt: skip
def test_a_command_is_kept_without_its_secrets(words: list[str], kept: str) -> None:
    assert redact_command(words) == kept


def test_a_command_is_kept_without_the_environments_secrets(monkeypatch) -> None:
    monkeypatch.setenv("MY_TOKEN", VALUE)
    assert redact_command(["sbdk", "dev", f"--note={VALUE}!"]) == "sbdk dev --note=***!"


def test_user_and_password_of_a_url() -> None:
    assert secrets_of_url("https://user:pass@host/x") == ("pass", "user")
    assert secrets_of_url("ssh://git@host/x") == ()
    assert secrets_of_url("https://[broken") == ()


def test_the_definition_imports_the_standard_library_alone() -> None:
    """The dbt worker loads it where nothing else may be installed."""
    source = Path(redact.__file__).read_text()
    imported = {line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names) | {"__future__"}
    spec = importlib.util.spec_from_file_location("alone", redact.__file__)
    assert spec is not None
