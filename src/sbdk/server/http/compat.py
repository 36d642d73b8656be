"""uvicorn's HTTP protocol on httptools, with its gaps closed. The one file that depends on uvicorn's internals.

uvicorn alone reads a header of any size, keeps a connection that never completes a header, and answers what its parser
rejects as plain text. `ServerProtocol` overrides methods and reads attributes of `HttpToolsProtocol` that uvicorn does
not document: a server does not start without one of them, and a test names this file when an upgrade breaks it.
"""

from __future__ import annotations

import asyncio
import json
from secrets import token_hex

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sbdk.core.errors import SbdkError

TESTED_UP_TO = (0, 54)
"""The newest minor version of uvicorn that this file was compared with."""
HEAD_BYTES = 65_536
"""Reading a header stops here. The guards reject one long before; this is for headers that never end."""
HEAD_SECONDS = 10.0
"""A header must be complete in this time."""

_PROTOCOL = (
    "connection_made",
    "connection_lost",
    "data_received",
    "on_message_begin",
    "on_headers_complete",
    "on_message_complete",
    "send_400_response",
)
_PROTOCOL_ATTRIBUTES = ("loop", "transport", "cycle")
_CYCLE_ATTRIBUTES = ("disconnected", "message_event", "response_started", "response_complete")


def check_uvicorn() -> None:
    """SbdkError when the installed uvicorn lacks what this file uses: the limits on headers would silently be gone."""
    if missing := missing_internals():
        names = ", ".join(missing)
        hint = f"install uvicorn {TESTED_UP_TO[0]}.{TESTED_UP_TO[1]}"
        raise SbdkError(f"uvicorn {uvicorn.__version__} has no {names}", hint=hint)


def is_tested(version: str = uvicorn.__version__) -> bool:
    """Whether this file was compared with a uvicorn of that minor version."""
    return tuple(int(part) for part in version.split(".")[:2]) <= TESTED_UP_TO


def missing_internals() -> list[str]:
    """What this file uses of uvicorn and the installed one does not have; empty when all of it is there."""
    methods = [name for name in _PROTOCOL if not callable(getattr(HttpToolsProtocol, name, None))]
    uses = ((HttpToolsProtocol, _PROTOCOL_ATTRIBUTES), (RequestResponseCycle, _CYCLE_ATTRIBUTES))
    attributes = [
        f"{kind.__name__}.{name}" for kind, names in uses for name in names if name not in _attributes_set(kind)
    ]
    return methods + attributes


def _attributes_set(kind: type) -> set[str]:
    """Names that `__init__` of `kind` uses: its arguments and attributes."""
    code = kind.__init__.__code__  # type: ignore[misc]
    return {*code.co_names, *code.co_varnames}


class ServerProtocol(HttpToolsProtocol):
    """One connection."""

    _in_head = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_head_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES + len(data):
                return self._reject(431, "header_too_large", "the header does not end")
        return super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_head_timeout)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def send_400_response(self, msg: str) -> None:
        """What the parser rejects: two lengths, a length and chunks, no HTTP at all, a target too long for it."""
        if self._head_bytes > HEAD_BYTES:
            return self._reject(431, "header_too_large", "the header is too large")
        return self._reject(400, "bad_request", "this is not well-formed HTTP/1.1")

    def _on_head_timeout(self) -> None:
        self._head_timer = None
        self._reject(408, "timeout", "the header did not arrive in time")

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _reject(self, status: int, code: str, detail: str) -> None:
        """Respond and close. While the response to an earlier request is under way only close: a client would take the
        error for a part of that response."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        in_request = cycle is not None and not self._in_head and not cycle.response_started
        if in_request:  # the application is at this very request: it has nobody to respond to any more
            cycle.disconnected = True
            cycle.message_event.set()
        if in_request or cycle is None or cycle.response_complete:
            body = json.dumps({"error": code, "detail": detail, "request_id": token_hex(8)}, separators=(",", ":"))
            self.transport.write(_head(status, len(body)) + body.encode())
        self.transport.close()


def _head(status: int, length: int) -> bytes:
    fields = (
        b"content-type: application/json\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n"
    )
    return STATUS_LINE[status] + fields % length
