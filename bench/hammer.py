"""python -m bench.hammer URL …: a load generator for one machine, cheap enough to leave the server its core.

Raw sockets with keep-alive on one event loop; requests are signed beforehand. Closed loop (`--connections`):
each sends its next request when the last is answered. Open loop (`--rate`): requests start on a timetable whatever the
server does, and a latency counts from the planned start, so a stall is not left out. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

SIZE = 7_000  # bytes of a push as GitHub sends it
PATH = "/webhook/github"


def push_body(number: int, repository_id: int, ref: str) -> bytes:
    """A push of the usual size and shape; each has a commit of its own."""
    after = hashlib.sha1(f"{number}".encode(), usedforsecurity=False).hexdigest()
    person = {"name": "A Person", "email": "person@example.com", "username": "person"}
    commit = {"id": after, "message": "Change a model", "author": person, "committer": person, "modified": ["a.sql"]}
    payload: dict[str, Any] = {
        "ref": ref,
        "before": "0" * 40,
        "after": after,
        "repository": {"id": repository_id, "full_name": "someone/something", "private": False},
        "pusher": person,
        "commits": [],
    }
    while len(json.dumps(payload)) < SIZE:
        payload["commits"].append(commit)
    return json.dumps(payload).encode()


def request(body: bytes, host: str, secret: bytes, path: str = PATH) -> bytes:
    digest = hmac.digest(secret, body, "sha256").hex()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nUser-Agent: GitHub-Hookshot/0\r\n"
        f"X-GitHub-Event: push\r\nX-GitHub-Delivery: {secrets.token_hex(16)}\r\n"
        f"X-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """Sends one request at a time, and tells the status of its answer."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's classes

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer.find(b"content-length: ") + 16
        length = int(self._buffer[at : self._buffer.index(b"\r", at)])
        if len(self._buffer) >= end + 4 + length and self._answer is not None:
            status, self._buffer = int(self._buffer[9:12]), b""
            if not self._answer.done():
                self._answer.set_result(status)

    def ask(self, data: bytes) -> asyncio.Future[int]:
        self._answer = asyncio.get_running_loop().create_future()
        if self.transport is None:
            self._answer.set_result(0)
        else:
            self.transport.write(data)
        return self._answer


class Tally:
    """Latencies in seconds and statuses."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()

    def add(self, latency: float, status: int) -> None:
        self.latencies.append(latency)
        self.statuses[status] += 1

    def summary(self, seconds: float) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        at = {f"p{share}": ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] * 1e3 for share in (50, 99)}
        return {
            "requests": len(ordered),
            "seconds": seconds,
            "per_second": len(ordered) / seconds,
            "p50_ms": at["p50"],
            "p99_ms": at["p99"],
            "max_ms": ordered[-1] * 1e3,
            "statuses": {str(status): number for status, number in self.statuses.items()},
        }


async def connect(host: str, port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, port)
    return connection


async def closed(host: str, port: int, requests: list[bytes], connections: int) -> dict[str, Any]:
    waiting, tally = iter(requests), Tally()

    async def go(connection: Connection, mine: Iterator[bytes]) -> None:
        for data in mine:
            began = time.perf_counter()
            status = await connection.ask(data)
            tally.add(time.perf_counter() - began, status)
            if connection.transport is None:
                connection = await connect(host, port)

    opened = [await connect(host, port) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(go(connection, waiting) for connection in opened))
    return tally.summary(time.perf_counter() - began)


async def timetable(host: str, port: int, requests: list[bytes], rate: float) -> dict[str, Any]:
    free: deque[Connection] = deque([await connect(host, port) for _ in range(16)])
    tally, tasks = Tally(), set()

    async def one(data: bytes, planned: float) -> None:
        connection = free.popleft() if free else await connect(host, port)
        if connection.transport is None:
            connection = await connect(host, port)
        status = await connection.ask(data)
        tally.add(time.perf_counter() - planned, status)
        free.append(connection)

    began = time.perf_counter()
    for number, data in enumerate(requests):
        planned = began + number / rate
        if (wait := planned - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(data, planned))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return tally.summary(time.perf_counter() - began)


async def stall(host: str, port: int, number: int) -> None:
    """Hold `number` connections whose bodies never end, opening new ones for those that are closed; for ever."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{"

    async def hold() -> None:
        while True:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(head.encode())
            await reader.read(1)
            writer.close()

    await asyncio.gather(*(hold() for _ in range(number)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hammer")
    parser.add_argument("url")
    parser.add_argument("--path", default=PATH)
    parser.add_argument("--secret", default="")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--repository", type=int, default=1)
    parser.add_argument("--ref", default="refs/heads/main")
    parser.add_argument("--first", type=int, default=0, help="number of the first commit")
    parser.add_argument("--stall", type=int, default=0)
    asked = parser.parse_args()
    parts = urlsplit(asked.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    import uvloop

    if asked.stall:
        uvloop.run(stall(host, port, asked.stall))
    numbers = range(asked.first, asked.first + asked.requests)
    bodies = (push_body(number, asked.repository, asked.ref) for number in numbers)
    requests = [request(body, host, asked.secret.encode(), asked.path) for body in bodies]
    going = (
        timetable(host, port, requests, asked.rate) if asked.rate else closed(host, port, requests, asked.connections)
    )
    print(json.dumps(uvloop.run(going)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
