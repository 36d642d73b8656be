"""Lineage: the way from source to mart, with how each node is."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from sbdk.server.dashboard.lineage.graph import Node, State, build_graph
from sbdk.server.dashboard.lineage.layout import HEIGHT, WIDTH, curve, lay_out
from sbdk.server.dashboard.lineage.manifest import Manifest, read_manifest
from sbdk.server.dashboard.lineage.states import last_results, states
from sbdk.server.dashboard.reading.failures import failures_of
from sbdk.server.dashboard.reading.guards import tables_of_checks
from sbdk.server.dashboard.reading.standing import Standing
from sbdk.server.dashboard.site import Site
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
    site: Site = request.app.state.site
    return site.render(request, "lineage.html", **await site.pages.do(_page, site))


async def present(request: Request) -> JSONResponse:
    """States by node, for a page that is open while something runs."""
    site: Site = request.app.state.site
    return JSONResponse(await site.pages.do(_present, site))


def _page(site: Site) -> dict[str, Any]:
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


def _present(site: Site) -> dict[str, State]:
    standing, manifest, nodes = _read(site)
    return _states(site, standing, manifest, nodes)


def _read(site: Site) -> tuple[Standing, Manifest, dict[str, Node]]:
    standing, manifest = site.standings.now(), read_manifest(site.state.dbt_target)
    return standing, manifest, build_graph(site.project.loaded, manifest, standing)


def _states(site: Site, standing: Standing, manifest: Manifest, nodes: dict[str, Node]) -> dict[str, State]:
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


def _failed_checks(site: Site, last: list[RunRecord]) -> set[str]:
    return {one.name for one in failures_of(site.state, last[0].run_id)}


ROUTES = [Route("/lineage", page), Route("/lineage/states", present)]
