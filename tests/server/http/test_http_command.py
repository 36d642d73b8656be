"""`sbdk webhooks` as a program: when it refuses to start, and how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.wire import SECRET, command, headers, payload

CANARY = "canary-4711-of-the-secret"


def refused(folder: Path, *words: str, **variables: str) -> tuple[int, str]:
    words, options = command(folder, *words, **variables)
    done = subprocess.run(words, **options, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("variables", [{}, {"SBDK_WEBHOOKS__SECRET": ""}, {"SBDK_WEBHOOKS__SECRET": "  "}])
def test_row_13_without_a_secret_it_does_not_start(tmp_path: Path, variables: dict[str, str]) -> None:
    code, shown = refused(tmp_path, "--port", "0", **variables)
    assert code == 2
    assert "SBDK_WEBHOOKS__SECRET" in shown
    assert not (tmp_path / ".sbdk" / "server.sqlite").exists()


@pytest.mark.parametrize(
    "words", [("--host", "0.0.0.0"), ("--host", "::"), ("--forwarded-allow-ips", "127.0.0.1")], ids=str
)
def test_beyond_this_machine_it_needs_an_admin_token(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, shown = refused(tmp_path, "--port", "0", *words, SBDK_WEBHOOKS__SECRET=SECRET)
    assert (code, "SBDK_WEBHOOKS__ADMIN_TOKEN" in shown) == (2, True)


def test_a_secret_in_the_project_file(tmp_path: Path) -> None:
    words, options = command(tmp_path)
    (tmp_path / "sbdk_config.json").write_text(json.dumps({"project": "shop", "webhooks": {"secret": CANARY}}))
    done = subprocess.run(words, **options, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "SBDK_WEBHOOKS__SECRET" in done.stderr
    assert CANARY not in done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, shown = refused(tmp_path, "--port", str(port), SBDK_WEBHOOKS__SECRET=SECRET)
    assert (code, f"port {port}" in shown) == (1, True)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    words, options = command(tmp_path, "--port", "0", "--json", SBDK_WEBHOOKS__SECRET=CANARY)
    process = subprocess.Popen(words, **options, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process, json.loads(process.stdout.readline())["url"]
    process.kill()
    process.wait()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_in_good_order_and_logs_no_secret(
    running: tuple[subprocess.Popen[str], str], number: signal.Signals, code: int
) -> None:
    process, url = running
    body = json.dumps(payload()).encode()
    wrong = httpx.post(f"{url}/webhook/github", content=body, headers=headers(body, secret="wrong"))
    right = httpx.post(f"{url}/webhook/github", content=body, headers=headers(body, secret=CANARY))
    assert (wrong.status_code, right.status_code, right.json()) == (401, 202, {"status": "ignored"})
    process.send_signal(number)
    _, shown = process.communicate(timeout=30)
    assert process.returncode == code
    assert "bad_signature client=127.0.0.1" in shown
    assert CANARY not in shown
