"""The score card: the published build graded against the answer key."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.server.dashboard.page_context import Site


async def page(request: Request) -> HTMLResponse:
    site: Site = request.app.state.site
    return site.render(request, "score.html", await site.pages.do(site.standings.now))


async def card(request: Request) -> HTMLResponse:
    """The card itself, which takes its time on a large build: a part of the page that comes after it."""
    site: Site = request.app.state.site
    return site.render(request, "parts/card.html", **await site.long.do(_card, site))


def _card(site: Site) -> dict[str, Any]:
    return {"standing": site.standings.now(), **site.card.of(site.project, site.standings.stamp())}


ROUTES = [Route("/score", page), Route("/score/card", card)]
