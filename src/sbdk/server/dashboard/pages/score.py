"""The score card: the published build graded against the answer key."""

from __future__ import annotations

import threading
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.site import Site

_lock = threading.Lock()
_known: dict[Any, dict[str, Any]] = {}


async def page(request: Request) -> HTMLResponse:
    site: Site = request.app.state.site
    return site.render(request, "score.html", await site.pages.do(site.standings.now))


async def card(request: Request) -> HTMLResponse:
    """The card itself, which takes its time on a large build: a part of the page that comes after it."""
    site: Site = request.app.state.site
    return site.render(request, "parts/card.html", **await site.queries.do(_card, site))


def _card(site: Site) -> dict[str, Any]:
    """Worked out once per published build."""
    from sbdk.pipeline.grading import score_project

    standing = site.standings.now()
    with _lock:
        key = site.standings.stamp()
        if key not in _known:
            try:
                graded = score_project(site.project)
                found: dict[str, Any] = {"graded": graded, "findings": graded.card.findings(), "problem": None}
            except SbdkError as error:
                found = {"graded": None, "findings": [], "problem": error}
            _known.clear()
            _known[key] = found
    return {"standing": standing, **_known[key]}


ROUTES = [Route("/score", page), Route("/score/card", card)]
