"""Signed deliveries to durable answers, one worker, beside a bare FastAPI echo that stores nothing."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.cases.rebuilding import SECRET, rebuilding
from bench.measuring import Row

BASELINES = Path(__file__).parents[1] / "baselines"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, served("receiver.py", folder, SECRET) as (url, process):
        with served("echo.py") as (echo, _):
            bare = hammer(echo)
        full = hammer(url, first=0)
        yield Row("webhook, 64 connections", full["per_second"], "req/s", "≥ 1,500", "FastAPI echo", bare["per_second"])
        yield Row("webhook, 64 connections, p99", full["p99_ms"], "ms", "≤ 40 ms", "FastAPI echo", bare["p99_ms"])
        idle = hammer(url, first=100_000, requests=5_000, rate=500)
        yield Row("webhook, 500/s open loop, idle, p99", idle["p99_ms"], "ms", "≤ 20 ms")
        with stalled(url, 800):
            good = hammer(url, first=200_000, requests=2_500, rate=500)
        yield Row("webhook, 800 stalled bodies, good ones' p99", good["p99_ms"], "ms", "≤ 50 ms")
        yield Row("webhook, 300 MB unsigned, memory grows by", growth(url, process), "MB", "≤ 20 MB")
    with rebuilding() as url:
        meanwhile = hammer(url, requests=2_000, rate=500)
    yield Row("webhook, 500/s open loop, during a rebuild, p99", meanwhile["p99_ms"], "ms", "≤ 100 ms")


@contextmanager
def served(program: str, *words: str) -> Iterator[tuple[str, psutil.Process]]:
    command = [sys.executable, str(BASELINES / program), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), psutil.Process(process.pid)
        finally:
            process.terminate()


def hammer(url: str, *, first: int = 0, requests: int = 10_000, rate: float = 0) -> dict[str, Any]:
    words = ["--secret", SECRET, "--first", str(first), "--requests", str(requests), "--rate", str(rate)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.hammer", url, *words], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if set(found["statuses"]) - {"200", "202"}:
        raise RuntimeError(f"not all were answered: {found['statuses']}")
    return found


@contextmanager
def stalled(url: str, number: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "bench.hammer", url, "--stall", str(number)])
    time.sleep(3)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def growth(url: str, process: psutil.Process) -> float:
    """Megabytes that the server's resident memory gains at most, looked at while 300 MB are offered in chunks."""
    parts, before, most = urlsplit(url), process.memory_info().rss, 0
    head = "POST /webhook/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection, suppress(OSError):
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(300):
            connection.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
            most = max(most, process.memory_info().rss - before)
    return max(most, process.memory_info().rss - before) / 1e6
