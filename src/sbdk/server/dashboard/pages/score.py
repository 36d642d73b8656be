"""The page of the scorecard: the published build scored against the answer key."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.server.dashboard.page_context import PageContext


async def page(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "score.html", await context.pages.run(context.published.get))


async def card(request: Request) -> HTMLResponse:
    """The scorecard, a part that the page fetches later, since a large build takes long to score."""
    context: PageContext = request.app.state.page_context
    return context.render(request, "parts/card.html", **await context.long.run(_card, context))


def _card(context: PageContext) -> dict[str, Any]:
    return {"published": context.published.get(), **context.scores.get(context.project, context.published.stamp())}


ROUTES = [Route("/score", page), Route("/score/card", card)]
