"""Header fields of an ASGI scope, as bytes."""

from __future__ import annotations

from starlette.types import Scope


def values(scope: Scope, name: bytes) -> list[bytes]:
    """All values of a field, in order. `name` is in small letters, as ASGI servers pass them."""
    return [value for key, value in scope["headers"] if key == name]


def has_body(scope: Scope) -> bool:
    """Whether the head announces a body."""
    for key, value in scope["headers"]:
        if key == b"transfer-encoding" or (key == b"content-length" and value.strip() != b"0"):
            return True
    return False
