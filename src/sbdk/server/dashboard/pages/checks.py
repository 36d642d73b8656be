"""The pages that judge the published build: checks, validation and quarantine, and the scorecard."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.app.quarantine import list_quarantine, show_quarantine
from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.checks import Failures, checks_of, failures_of
from sbdk.state.history import History

RECORDS = 20


async def page(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "checks.html", **await context.pages.run(_page, context))


async def records(request: Request) -> HTMLResponse:
    """The first records of a rule in quarantine."""
    context: PageContext = request.app.state.page_context
    stream, rule = request.query_params.get("stream", ""), request.query_params.get("rule", "")
    return context.render(request, "parts/records.html", **await context.pages.run(_records, context, stream, rule))


def _page(context: PageContext) -> dict[str, Any]:
    published = context.published.get()
    checks, problem = checks_of(context.project.loaded.checks)
    last = History(context.state.root).runs(1)
    failed = last[0] if last and last[0].status == "failed" else None
    kept = {failure.name: failure for failure in failures_of(context.state, published.run_id)}
    last_failures = failures_of(context.state, failed.run_id) if failed else []
    failing: dict[str, Failures] = {failure.name: failure for failure in last_failures}
    results = {check.name: check for check in published.contents.checks}
    validation = published.contents.validation
    return {
        "published": published,
        "checks": checks,
        "problem": problem,
        "failed": failed,
        "results": results,
        "rows": {**kept, **failing},
        "failing": failing,
        "other_failures": [failing[name] for name in failing if name not in {check.name for check in checks}],
        "validation": validation.tables if validation else {},
        "overall": validation.overall if validation else None,
        "dbt": published.contents.dbt.counts if published.contents.dbt.nodes else None,
        "quarantine": _quarantine(context) if published.build else [],
    }


def _quarantine(context: PageContext) -> list[Any]:
    try:
        return list(list_quarantine(context.project))
    except SbdkError:
        return []


def _records(context: PageContext, stream: str, rule: str) -> dict[str, Any]:
    rows = show_quarantine(context.project, stream=stream, rule=rule, limit=RECORDS)
    return {"published": context.published.get(), "records": rows, "most": RECORDS}


async def score(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "score.html", await context.pages.run(context.published.get))


async def score_card(request: Request) -> HTMLResponse:
    """The scorecard, a part that the page fetches later, since a large build takes long to score."""
    context: PageContext = request.app.state.page_context
    return context.render(request, "parts/card.html", **await context.long.run(_score_card, context))


def _score_card(context: PageContext) -> dict[str, Any]:
    return {"published": context.published.get(), **context.scores.get(context.project, context.published.stamp())}


ROUTES = [
    Route("/checks", page),
    Route("/quarantine/records", records),
    Route("/score", score),
    Route("/score/card", score_card),
]
