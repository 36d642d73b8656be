"""GitHub's own library signs and sends GitHub's own example payloads to the program as a user starts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from support.wire import REPOSITORY, SECRET, command

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "tests" / "support" / "octokit_client.mjs"
METHODS = next((ROOT / ".venv/octokit").glob("webhooks-methods-*/dist-node"), None)
EXAMPLES = next((ROOT / ".venv/octokit").glob("webhooks-examples-*/api.github.com"), None)

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="no node here to run GitHub's own client"),
    pytest.mark.skipif(METHODS is None or EXAMPLES is None, reason="not fetched: python tools/octokit.py"),
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each payload was answered, in the order of sending."""
    assert METHODS is not None
    assert EXAMPLES is not None
    folder = tmp_path_factory.mktemp("octokit")
    words, options = command(folder, "--port", "0", "--json", SBDK_WEBHOOKS__SECRET=SECRET)
    webhooks = {"repository_url": "../nowhere.git", "repository_id": REPOSITORY, "branch": "master"}
    (folder / "sbdk_config.json").write_text(json.dumps({"project": "shop", "webhooks": webhooks}))
    server = subprocess.Popen(words, **options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        url = json.loads(server.stdout.readline())["url"]
        client = subprocess.run(
            ["node", str(CLIENT), str(METHODS.parent), str(EXAMPLES.parent), url],
            env={**os.environ, "OCTOKIT_SECRET": SECRET},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert client.returncode == 0, client.stderr
    return [json.loads(line) for line in client.stdout.splitlines()]


def test_every_example_of_every_event_is_sent(answers: list[dict[str, Any]]) -> None:
    assert EXAMPLES is not None
    published = json.loads((EXAMPLES / "index.json").read_text(encoding="utf-8"))
    assert Counter(answer["name"] for answer in answers) == {
        event["name"]: len(event["examples"]) for event in published if event["examples"]
    }
    assert len(answers) >= 329


def test_a_push_of_the_allowed_branch_is_accepted_once(answers: list[dict[str, Any]]) -> None:
    """Two examples are of one commit of the branch; the others are of tags."""
    pushes = [answer for answer in answers if answer["name"] == "push"]
    of_branch = [answer["first"] for answer in pushes if answer["ref"] == "refs/heads/master"]
    of_tags = [answer["first"] for answer in pushes if answer["ref"].startswith("refs/tags/")]
    assert of_branch == [[202, "accepted"], [202, "known"]]
    assert of_tags == [[202, "ignored"]] * (len(pushes) - 2)


def test_pings_are_answered_and_all_other_events_ignored(answers: list[dict[str, Any]]) -> None:
    shown = {(answer["name"] == "ping", *answer["first"]) for answer in answers if answer["name"] != "push"}
    assert shown == {(True, 200, "pong"), (False, 202, "ignored")}


def test_each_again_is_a_duplicate(answers: list[dict[str, Any]]) -> None:
    assert {tuple(answer["again"]) for answer in answers} == {(200, "duplicate")}


def test_each_with_a_wrong_secret_is_refused(answers: list[dict[str, Any]]) -> None:
    """It came first: it is the delivery after it that is stored."""
    assert {tuple(answer["wrong"]) for answer in answers} == {(401, "bad_signature")}
