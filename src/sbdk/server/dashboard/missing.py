"""What is answered when something cannot be shown: JSON for programs, a page for somebody who followed a link."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.errors import WrongSql, refusal_of
from sbdk.server.dashboard.page_context import Site
from sbdk.server.http.errors import HttpError, error_response

NOT_FOUND = HttpError(404, "not_found", "there is no such thing here")


async def refused(request: Request, refusal: HttpError) -> Response:
    """The one form of an error; browsers that came by a link get it as a page with the way back."""
    if request.headers.get("sec-fetch-mode") == "navigate":
        site: Site = request.app.state.site
        standing = await site.pages.do(site.standings.now)
        page = site.render(request, "refused.html", standing, refusal=refusal)
        page.status_code = refusal.status
        page.headers.update(refusal.headers)
        return page
    return error_response(refusal, request.scope)


async def failed(request: Request, error: SbdkError) -> Response:
    return await refused(request, refusal_of(error))


async def not_found(request: Request, error: Any) -> Response:
    return await refused(request, NOT_FOUND)


async def wrong_sql(request: Request, refusal: WrongSql) -> Response:
    """With the place of the mistake beside the usual fields."""
    answer = error_response(refusal, request.scope)
    body = {**json.loads(bytes(answer.body)), "at": refusal.at}
    return Response(json.dumps(body).encode(), refusal.status, media_type="application/json")
