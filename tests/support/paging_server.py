"""An API on the loopback address with every kind of paging and login, which fails on command."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROWS = [{"id": number, "name": f"row {number}"} for number in range(1, 8)]
SIZE = 3
TOKEN = "topsecret-token"
LOGINS = {
    "bearer": ("Authorization", f"Bearer {TOKEN}"),
    "key": ("X-API-Key", TOKEN),
    "basic": ("Authorization", "Basic c2hvcDp0b3BzZWNyZXQtdG9rZW4="),
}


class Api(ThreadingHTTPServer):
    """`requests` counts them by path; a path `/fail/N/…` answers its first N requests by `status`."""

    status = 500
    headers: dict[str, str] = {}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self._send(200, {"access_token": TOKEN, "expires_in": 3600})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.server.requests[url.path] += 1
        first, *rest = url.path.strip("/").split("/")
        if first == "fail":
            if self.server.requests[url.path] <= int(rest[0]):
                self._send(self.server.status, {"error": "on command"}, self.server.headers)
                return
            first = "single"
        if first in LOGINS:
            name, value = LOGINS[first]
            self._send(200 if self.headers.get(name) == value else 401, ROWS)
            return
        self._page(first, query)

    def _page(self, kind: str, query: dict[str, str]) -> None:
        start = int(query.get("offset") or query.get("after") or (int(query.get("page", 1)) - 1) * SIZE)
        size = len(ROWS) if kind == "single" else SIZE
        rows, following = ROWS[start : start + size], start + size
        more = following < len(ROWS)
        if kind == "link":
            link = f'<{self.server.url}link?offset={following}>; rel="next"'
            self._send(200, rows, {"Link": link} if more else {})
        elif kind == "cursor":
            self._send(200, {"data": rows, "meta": {"next": str(following) if more else None}})
        elif kind == "json-link":
            self._send(200, {"data": rows, "next": f"{self.server.url}json-link?offset={following}" if more else None})
        else:
            self._send(200, rows)

    def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
