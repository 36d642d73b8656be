"""How the tests speak to the server: signed deliveries in this process, and bytes over a socket."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx
from fastapi import APIRouter, FastAPI

from sbdk.server.http.server import Server
from sbdk.server.store import Store
from sbdk.server.webhooks import app as webhooks_app
from sbdk.server.webhooks.github import AllowedRef, WebhookSecrets
from sbdk.server.webhooks.services import Services
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.server.webhooks.tokens import hash_token

SECRET = "It's a Secret to Everybody"
ADMIN = "admin-token-of-the-tests"
REPOSITORY = 186853002
SHA = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
WEBHOOK = "/webhook/github"


def payload(**changes: Any) -> dict[str, Any]:
    """A push with what is read of it, and more."""
    repository = {"id": REPOSITORY, "full_name": "Codertocat/Hello-World", "clone_url": "https://example.com/x.git"}
    return {"ref": "refs/heads/main", "after": SHA, "repository": repository, "pusher": {"name": "x"}, **changes}


def sign(body: bytes, secret: str = SECRET) -> str:
    """As GitHub documents it, by the standard library's HMAC object (the server uses the one-shot digest)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(body: bytes, *, event: str = "push", delivery: str | None = None, secret: str = SECRET) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery or str(uuid4()),
        "X-Hub-Signature-256": sign(body, secret),
    }


_create_api_anew = webhooks_app.create_api
_routers: list[APIRouter] = []


def _create_api(services: Services) -> FastAPI:
    """As the server does it, but with the router of the first one: FastAPI analyses each route when first asked."""
    api = _create_api_anew(services)
    _routers[:] = _routers or [api.router]
    api.router = _routers[0]
    return api


class Api:
    """The application over `state`, asked in this process."""

    def __init__(self, state: Store, folder: Path, **changes: Any) -> None:
        settings = ServerSettings(
            WebhookSecrets(SECRET.encode()),
            AllowedRef(REPOSITORY, "main"),
            folder / "jobs",
            admin_token=hash_token(ADMIN),
            hosts=("localhost", "127.0.0.1", "[::1]"),
        )
        self.state, self.folder = state, folder
        self.settings = replace(settings, **changes)
        with patch.object(webhooks_app, "create_api", _create_api):
            self.app = webhooks_app.create_app(self.settings, state)

    def changed(self, **changes: Any) -> Api:
        return Api(self.state, self.folder, **{**{name: changes[name] for name in changes}})

    def ask(self, method: str, path: str, *, client: str = "127.0.0.1", **more: Any) -> httpx.Response:
        base = more.pop("base", "http://127.0.0.1:4700")

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(client, 1234))
            async with httpx.AsyncClient(transport=transport, base_url=base) as asking:
                return await asking.request(method, path, **more)

        return asyncio.run(once())

    def deliver(self, body: bytes | dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """A signed delivery; `given` replaces headers, None leaves one out."""
        raw = body if isinstance(body, bytes) else json.dumps(payload() if body is None else body).encode()
        given = more.pop("given", {})
        client = more.pop("client", "127.0.0.1")
        sent: list[tuple[str, Any]] = list({**headers(raw, **more), **given}.items())
        return self.ask(
            "POST", WEBHOOK, content=raw, headers=[pair for pair in sent if pair[1] is not None], client=client
        )

    def post(self, path: str, body: Any, *, token: str | None = None, **more: Any) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **more.pop("given", {})}
        if token:
            given["Authorization"] = f"Bearer {token}"
        return self.ask("POST", path, content=raw, headers=given, **more)

    def jobs(self) -> int:
        return len(self.state.jobs())


class Wire:
    """Bytes to the real server, and what comes back."""

    def __init__(self, server: Server, state: Store) -> None:
        self.server, self.state = server, state

    def send(self, data: bytes, *, seconds: float = 20.0) -> tuple[int, dict[str, str], bytes]:
        """Status, header and body of the answer; the connection is read to its end."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=seconds) as connection:
            connection.sendall(data)
            return self.answer(connection)

    @staticmethod
    def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
        received = b""
        while True:
            try:
                piece = connection.recv(65_536)
            except ConnectionResetError:
                break  # closed with bytes of ours unread; what was answered before is here
            if not piece:
                break
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]) if lines[0] else 0, fields, body


def is_error(answer: httpx.Response | tuple[int, dict[str, str], bytes], status: int, code: str | None = None) -> None:
    """The one form of an error, without a trace of what was sent or of the inside of the server."""
    if isinstance(answer, tuple):
        got, fields, body = answer
    else:
        got, fields, body = answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content
    assert got == status, (got, body[:300])
    assert fields["content-type"] == "application/json"
    said = json.loads(body)
    assert set(said) == {"error", "detail", "request_id"}
    assert re.fullmatch(r"[a-z_]+", said["error"])
    assert len(said["detail"]) <= 200
    assert re.fullmatch(r"[0-9a-f]{16}", said["request_id"])
    assert not re.search(r"Traceback|File \"|/work|/tmp|site-packages|SELECT|" + re.escape(SECRET), body.decode())
    if code:
        assert said["error"] == code


def command(folder: Path, *words: str, **variables: str) -> list[Any]:
    """The words and the surroundings of `sbdk webhooks` in a project of its own."""
    (folder / "sbdk_config.json").write_text(json.dumps({"project": "shop"}))
    for name in ("pipelines", "dbt"):
        (folder / name).mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("SBDK_")}
    return [[sys.executable, "-m", "sbdk", "webhooks", *words], {"cwd": folder, "env": {**env, **variables}}]
