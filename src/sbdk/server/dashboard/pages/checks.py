"""Checks, validation and quarantine of the published build."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.app.quarantine import list_quarantine, show_quarantine
from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.failures import Failures, failures_of
from sbdk.server.dashboard.queries.table_checks import checks_of
from sbdk.state.history import History

RECORDS = 20


async def page(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "checks.html", **await site.pages.run(_page, site))


async def records(request: Request) -> HTMLResponse:
    """The first records of a rule in quarantine."""
    site: PageContext = request.app.state.site
    stream, rule = request.query_params.get("stream", ""), request.query_params.get("rule", "")
    return site.render(request, "parts/records.html", **await site.pages.run(_records, site, stream, rule))


def _page(site: PageContext) -> dict[str, Any]:
    standing = site.standings.now()
    checks, problem = checks_of(site.project.loaded.checks)
    last = History(site.state.root).runs(1)
    failed = last[0] if last and last[0].status == "failed" else None
    kept = {one.name: one for one in failures_of(site.state, standing.run_id)}
    failing: dict[str, Failures] = {one.name: one for one in failures_of(site.state, failed.run_id)} if failed else {}
    results = {check.name: check for check in standing.contents.checks}
    validation = standing.contents.validation
    return {
        "standing": standing,
        "checks": checks,
        "problem": problem,
        "failed": failed,
        "results": results,
        "rows": {**kept, **failing},
        "failing": failing,
        "other_failures": [one for name, one in failing.items() if name not in {check.name for check in checks}],
        "validation": validation.tables if validation else {},
        "overall": validation.overall if validation else None,
        "dbt": standing.contents.dbt.counts if standing.contents.dbt.nodes else None,
        "quarantine": _quarantine(site) if standing.build else [],
    }


def _quarantine(site: PageContext) -> list[Any]:
    try:
        return list(list_quarantine(site.project))
    except SbdkError:
        return []


def _records(site: PageContext, stream: str, rule: str) -> dict[str, Any]:
    found = show_quarantine(site.project, stream=stream, rule=rule, limit=RECORDS)
    return {"standing": site.standings.now(), "records": found, "most": RECORDS}


ROUTES = [Route("/checks", page), Route("/quarantine/records", records)]
