"""Server-sent events: the present run as it goes, and that something on the pages has changed."""

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

MOST = 40
"""Streams at once."""
HEARTBEAT = 15.0
PAUSE = 0.1
"""Between two pictures: ten a second are enough for the eye."""
LOOK = 1.0
"""How often the history and the published file are looked at, for runs of other terminals."""


async def events(request: Request) -> StreamingResponse:
    """A stream of `state` events; the first one comes at once, so that a client that reconnects has missed nothing."""
    site: PageContext = request.app.state.site
    if len(site.streams) >= MOST:
        raise HttpError(429, "busy", "too many pages listen already", {"Retry-After": "5"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_pictures(site), media_type="text/event-stream", headers=headers)


async def _pictures(site: PageContext) -> AsyncIterator[str]:
    me, sent = object(), ""
    site.streams.add(me)
    try:
        while not site.live.stopped:
            version = site.live.version
            picture = json.dumps(await _state(site))
            yield f"event: state\ndata: {picture}\n\n" if picture != sent else ": still here\n\n"
            sent = picture
            await asyncio.sleep(PAUSE)
            await site.live.changed(version, HEARTBEAT)
    finally:
        site.streams.discard(me)


async def _state(site: PageContext) -> dict[str, Any]:
    return {"live": site.live.picture(), "seen": await site.pages.run(_seen, site), "watch": site.watching()}


def _seen(site: PageContext) -> dict[str, str]:
    """Marks that change with the history and with what is published."""
    return {"published": site.standings.now().run_id, "history": _history_mark(site)}


def _history_mark(site: PageContext) -> str:
    marks = []
    history = site.state.history
    for file in (history, history.with_name(f"{history.name}-wal")):
        try:
            marks.append(f"{file.stat().st_mtime_ns:x}")
        except OSError:
            marks.append("")
    return "-".join(marks)


@asynccontextmanager
async def following(site: PageContext) -> AsyncIterator[None]:
    """Looks at the disk while it lasts: a run in another terminal sends this process no events."""
    task = asyncio.create_task(_follow(site))
    try:
        yield
    finally:
        task.cancel()


async def _follow(site: PageContext) -> None:
    seen: Any = None
    while True:
        await asyncio.sleep(LOOK)
        if not site.streams:
            continue
        now = (site.standings.stamp(), _history_mark(site), site.watching())
        if now != seen:
            seen = now
            site.live.touch()


ROUTES = [Route("/events", events)]
