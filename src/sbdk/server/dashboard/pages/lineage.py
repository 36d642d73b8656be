"""Lineage: the way from source to mart, with how each node is."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from sbdk.server.dashboard.lineage.dbt_manifest import DbtManifest, read_dbt_manifest
from sbdk.server.dashboard.lineage.graph import Node, State, build_graph
from sbdk.server.dashboard.lineage.layout import HEIGHT, WIDTH, curve, lay_out
from sbdk.server.dashboard.lineage.node_status import last_results, states
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.failures import failures_of
from sbdk.server.dashboard.queries.published_state import Standing
from sbdk.server.dashboard.queries.table_checks import tables_of_checks
from sbdk.state.history import History, RunRecord

WORDS = {
    "ok": "as published",
    "failed": "failed",
    "stale": "behind its sources",
    "running": "running",
    "new": "not built yet",
}
MARGIN = 24


async def page(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "lineage.html", **await site.pages.run(_page, site))


async def present(request: Request) -> JSONResponse:
    """States by node, for a page that is open while something runs."""
    site: PageContext = request.app.state.site
    return JSONResponse(await site.pages.run(_present, site))


def _page(site: PageContext) -> dict[str, Any]:
    standing, manifest, nodes = _read(site)
    drawing = lay_out({key: node.parents for key, node in nodes.items()})
    return {
        "standing": standing,
        "nodes": nodes,
        "places": drawing.places,
        "edges": [(one, other, curve(points)) for one, other, points in drawing.edges],
        "box": (-MARGIN, -MARGIN, drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN),
        "node_size": (WIDTH, HEIGHT),
        "states": _states(site, standing, manifest, nodes),
        "words": WORDS,
        "parsed": bool(manifest.nodes),
    }


def _present(site: PageContext) -> dict[str, State]:
    standing, manifest, nodes = _read(site)
    return _states(site, standing, manifest, nodes)


def _read(site: PageContext) -> tuple[Standing, DbtManifest, dict[str, Node]]:
    standing, manifest = site.standings.now(), read_dbt_manifest(site.state.dbt_target)
    return standing, manifest, build_graph(site.project.loaded, manifest, standing)


def _states(site: PageContext, standing: Standing, manifest: DbtManifest, nodes: dict[str, Node]) -> dict[str, State]:
    tests: dict[str, list[str]] = {}
    for test in manifest.tests:
        tests.setdefault(test.node, []).append(test.id)
    made = standing.build.record.made_at.timestamp() if standing.build else None
    last = History(site.state.root).runs(1)
    error = last[0].error if last and last[0].status == "failed" else None
    bad = tables_of_checks(site.project.loaded.checks, _failed_checks(site, last)) if error else set()
    results = last_results(site.state.dbt_target, made)
    if site.live.picture()["building"]:
        results = {**results, **site.live.nodes()}
    return states(nodes, standing, results=results, error_file=(error or {}).get("file"), tests_of=tests, bad=bad)


def _failed_checks(site: PageContext, last: list[RunRecord]) -> set[str]:
    return {one.name for one in failures_of(site.state, last[0].run_id)}


ROUTES = [Route("/lineage", page), Route("/lineage/states", present)]
