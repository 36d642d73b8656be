"""Server-sent events: the state of the current run, and marks that change when a page is out of date."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.http.errors import HttpError

MAX_STREAMS = 40
HEARTBEAT = 15.0
"""Seconds after which an idle stream sends a comment."""
PAUSE = 0.1
"""Seconds between two states of one stream: ten a second are enough for the eye."""
POLL_SECONDS = 1.0
"""Seconds between two polls of the history and the published file, for runs of other terminals."""


async def events(request: Request) -> StreamingResponse:
    """A stream of `state` events; the first one comes at once, so that a client that reconnects has missed nothing."""
    context: PageContext = request.app.state.page_context
    if len(context.streams) >= MAX_STREAMS:
        raise HttpError(429, "busy", "too many pages are open already", {"Retry-After": "5"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_state_events(context), media_type="text/event-stream", headers=headers)


async def _state_events(context: PageContext) -> AsyncIterator[str]:
    stream, sent = object(), ""
    context.streams.add(stream)
    try:
        while not context.run_feed.stopped:
            version = context.run_feed.version
            state = json.dumps(await _state(context))
            yield f"event: state\ndata: {state}\n\n" if state != sent else ": still here\n\n"
            sent = state
            await asyncio.sleep(PAUSE)
            await context.run_feed.changed(version, HEARTBEAT)
    finally:
        context.streams.discard(stream)


async def _state(context: PageContext) -> dict[str, Any]:
    return {
        "live": context.run_feed.snapshot(),
        "seen": await context.pages.run(_marks, context),
        "watch": context.watch_state(),
    }


def _marks(context: PageContext) -> dict[str, str]:
    """Values that change with the published build and with the history."""
    return {"published": context.published.get().run_id, "history": _history_mark(context)}


def _history_mark(context: PageContext) -> str:
    marks = []
    history = context.state.history
    for file in (history, history.with_name(f"{history.name}-wal")):
        try:
            marks.append(f"{file.stat().st_mtime_ns:x}")
        except OSError:
            marks.append("")
    return "-".join(marks)


@asynccontextmanager
async def polling(context: PageContext) -> AsyncIterator[None]:
    """Polls the disk inside the block: a run in another terminal sends this process no events."""
    task = asyncio.create_task(_poll(context))
    try:
        yield
    finally:
        task.cancel()


async def _poll(context: PageContext) -> None:
    seen: Any = None
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if not context.streams:
            continue
        now = (context.published.stamp(), _history_mark(context), context.watch_state())
        if now != seen:
            seen = now
            context.run_feed.notify()


ROUTES = [Route("/events", events)]
