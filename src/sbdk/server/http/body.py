"""Reading a body whole."""

from __future__ import annotations

from starlette.types import Receive


class Gone(Exception):
    """The client left before its request was complete: there is nobody to answer."""


async def read_body(receive: Receive) -> bytes:
    """The body of a request; the guards around `receive` limit its size and its time."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return message.get("body", b"")  # type: ignore[no-any-return]
    parts = []
    while True:
        if message["type"] != "http.request":
            raise Gone
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
