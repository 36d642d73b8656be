"""Bearer tokens. The server stores the SHA-256 of a token, never the token: they are random, so no salt is needed.

A project's token says whose it is and until when, sbdk_<uuid>_<expiry>_<random>; its hash covers all of that.
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
from sbdk.server.http.headers import header_values

_BEARER = re.compile(rb"[Bb]earer ([A-Za-z0-9._~+/=-]{1,512})")
_TOKEN = re.compile(r"sbdk_([0-9a-f]{32})_([0-9a-f]{8,10})_[A-Za-z0-9_-]{43}")
_NAMES = re.compile(r"token|secret|key|auth|password|bearer|signature", re.IGNORECASE)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def same(token: str, known: bytes) -> bool:
    """Whether `known` is the token's hash, in a time that does not tell how much of it fits."""
    return hmac.compare_digest(hash_of(token), known)


def new_token(uuid: str, days: int, now: Callable[[], float] = time.time) -> str:
    """A token of the project with 256 random bits, good for `days`."""
    return f"sbdk_{UUID(uuid).hex}_{int(now()) + days * 86_400:08x}_{secrets.token_urlsafe(32)}"


def owner_of(token: str, now: Callable[[], float] = time.time) -> str | None:
    """The uuid that the token names; None if it is none of ours, or expired. Nothing is proved by that."""
    match = _TOKEN.fullmatch(token)
    return str(UUID(match[1])) if match and now() < int(match[2], 16) else None


def bearer(scope: Scope) -> str | None:
    """The token of the Authorization header, if there is exactly one, of that kind."""
    given = header_values(scope, b"authorization")
    match = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    return match[1].decode() if match else None


def refuse_tokens_in_url(scope: Scope) -> None:
    """URLs are logged by everything on their way. HttpError: 400."""
    query = scope["query_string"]
    if query and any(_NAMES.search(name) for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)):
        raise HttpError(400, "token_in_url", "a token belongs into the Authorization header, not into the URL")
