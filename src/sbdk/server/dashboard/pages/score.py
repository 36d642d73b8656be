"""The score card: the published build graded against the answer key."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.server.dashboard.page_context import PageContext


async def page(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "score.html", await site.pages.run(site.standings.now))


async def card(request: Request) -> HTMLResponse:
    """The card itself, which takes its time on a large build: a part of the page that comes after it."""
    site: PageContext = request.app.state.site
    return site.render(request, "parts/card.html", **await site.long.run(_card, site))


def _card(site: PageContext) -> dict[str, Any]:
    return {"standing": site.standings.now(), **site.card.of(site.project, site.standings.stamp())}


ROUTES = [Route("/score", page), Route("/score/card", card)]
