"""uvicorn's HTTP protocol on httptools, with what it lets through closed.

uvicorn alone reads a head of any size, keeps a connection that never completes a head, and answers what its parser
refuses as plain text.
"""

from __future__ import annotations

import asyncio
import json
from secrets import token_hex

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_BYTES = 65_536
"""Where reading a head stops. The guards refuse one long before; this is for heads that never end."""
HEAD_SECONDS = 10.0
"""A head must be complete in this time."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    _in_head = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES + len(data):
                return self._refuse(431, "header_too_large", "the header does not end")
        return super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def send_400_response(self, msg: str) -> None:
        """What the parser does not take: two lengths, a length and chunks, no HTTP at all, a target too long for it."""
        if self._head_bytes > HEAD_BYTES:
            return self._refuse(431, "header_too_large", "the header is too large")
        return self._refuse(400, "bad_request", "this is not well-formed HTTP/1.1")

    def _too_slow(self) -> None:
        self._head_timer = None
        self._refuse(408, "timeout", "the header did not arrive in time")

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer and close. If the answer to an earlier request is under way, only close: nobody takes one for it."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        own = cycle is not None and not self._in_head and not cycle.response_started
        if own:  # the application was at this very request: it has nobody to answer any more
            cycle.disconnected = True
            cycle.message_event.set()
        if own or cycle is None or cycle.response_complete:
            body = json.dumps({"error": code, "detail": detail, "request_id": token_hex(8)}, separators=(",", ":"))
            self.transport.write(_head(status, len(body)) + body.encode())
        self.transport.close()


def _head(status: int, length: int) -> bytes:
    fields = (
        b"content-type: application/json\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n"
    )
    return STATUS_LINE[status] + fields % length
