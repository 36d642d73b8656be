"""What docs/webhooks.md says works: its configuration, its secret, the push signed by hand, its tables."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sbdk.server.store import Store
from sbdk.server.webhooks.app import create_api
from sbdk.server.webhooks.deliveries import STATUS
from sbdk.server.webhooks.services import create_services
from sbdk.server.webhooks.settings import server_settings
from sbdk.spec.loader import load_project
from support.shops import command_environment
from support.snippets import ROOT, blocks

PAGE = "docs/webhooks.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
COMMIT = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project set up as the page says."""
    (config,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    (secret,) = re.findall(r"```dotenv\n\s*(.*?)\n\s*```", TEXT)
    for name in ("pipelines", "dbt"):
        (tmp_path / name).mkdir()
    (tmp_path / "sbdk_config.json").write_text(config)
    (tmp_path / ".env").write_text(secret)
    (tmp_path / ".env").chmod(0o600)
    return tmp_path


def test_the_set_up_is_taken(folder: Path) -> None:
    project = load_project(folder, env={})
    assert project.config.webhooks.repository_id == 186853002
    assert project.secrets == {"SBDK_WEBHOOKS__SECRET": "the output of: openssl rand -hex 32"}
    assert project.warnings == []


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "sbdk", "webhooks", "--port", "0", "--json"],
        cwd=folder, env=command_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["url"]
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.skipif(not all(map(shutil.which, ("curl", "openssl"))), reason="no curl or no openssl here")
def test_a_push_signed_by_hand(url: str) -> None:
    (script,) = blocks(PAGE, "sh")
    script = script.replace("localhost:4700", url.removeprefix("http://")).replace("<commit>", COMMIT)
    environment = command_environment(SBDK_WEBHOOKS__SECRET="the output of: openssl rand -hex 32")
    done = subprocess.run(
        ["sh", "-ec", script.replace("curl ", "curl -sS --fail-with-body ")],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    taken, runs = re.fullmatch(r"(\{.*?\})(\{.*\})\n?", done.stdout, re.DOTALL).groups()  # type: ignore[union-attr]
    assert json.loads(taken) == {"status": "accepted"}
    (run,) = json.loads(runs)["runs"]
    assert (run["commit"], run["ref"]) == (COMMIT, "refs/heads/main")


def test_the_table_of_answers_is_the_servers() -> None:
    table = dict(reversed(row) for row in re.findall(r"^\| (\d{3}) `(\w+)` \|", TEXT, re.MULTILINE))
    assert table == {status: str(code) for status, code in STATUS.items()}


def test_the_table_of_routes_is_the_servers(folder: Path) -> None:
    state = Store(folder / ".sbdk" / "server.sqlite")
    api = create_api(create_services(server_settings(load_project(folder, env={}), "127.0.0.1"), state))
    state.close()
    rows = re.findall(r"^\| `(?:GET|POST) (/.*) \| ", TEXT, re.MULTILINE)
    named = {path for row in rows for path in re.findall(r"(/[\w/<>]+)", row.split("|")[0])}
    assert {path.replace("<id>", "{run}") for path in named} == set(api.openapi()["paths"])
