"""Bearer tokens. The server stores the SHA-256 of a token, never the token: they are random, so no salt is needed.

A project's token holds the project's uuid and its own end, sbdk_<uuid>_<expiry>_<random>; its hash covers all of that.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.types import Scope

from sbdk.server.http.errors import HttpError
from sbdk.server.http.limits import header_values

_BEARER = re.compile(rb"[Bb]earer ([A-Za-z0-9._~+/=-]{1,512})")
_TOKEN = re.compile(r"sbdk_([0-9a-f]{32})_([0-9a-f]{8,10})_[A-Za-z0-9_-]{43}")
_NAMES = re.compile(r"token|secret|key|auth|password|bearer|signature", re.IGNORECASE)


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def token_matches(token: str, known_hash: bytes) -> bool:
    """Whether `known_hash` is the token's hash, in a time that does not depend on where they differ."""
    return hmac.compare_digest(hash_token(token), known_hash)


def new_token(uuid: str, days: int, now: Callable[[], float] = time.time) -> str:
    """A token of the project with 256 random bits, valid for `days`."""
    return f"sbdk_{UUID(uuid).hex}_{int(now()) + days * 86_400:08x}_{secrets.token_urlsafe(32)}"


def token_owner(token: str, now: Callable[[], float] = time.time) -> str | None:
    """The uuid in the token; None if it is not a project's token, or expired. It proves nothing yet."""
    match = _TOKEN.fullmatch(token)
    return str(UUID(match[1])) if match and now() < int(match[2], 16) else None


def bearer_token(scope: Scope) -> str | None:
    """The token of the Authorization header, if there is exactly one, of that kind."""
    values = header_values(scope, b"authorization")
    match = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
    return match[1].decode() if match else None


def reject_tokens_in_url(scope: Scope) -> None:
    """HttpError 400: every program on its way may log a URL."""
    query = scope["query_string"]
    if query and any(_NAMES.search(name) for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)):
        raise HttpError(400, "token_in_url", "a token belongs into the Authorization header, not into the URL")
