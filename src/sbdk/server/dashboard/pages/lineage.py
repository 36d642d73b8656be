"""The page of the lineage graph, with the status of each node."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from sbdk.server.dashboard.lineage.dbt_manifest import DbtManifest, read_dbt_manifest
from sbdk.server.dashboard.lineage.graph import Node, NodeStatus, build_graph, last_results, node_statuses
from sbdk.server.dashboard.lineage.layout import HEIGHT, WIDTH, curve, lay_out
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.checks import failures_of, tables_of_checks
from sbdk.server.dashboard.queries.published_state import PublishedState
from sbdk.state.history import History, RunRecord

LABELS = {
    "ok": "as published",
    "failed": "failed",
    "stale": "behind its sources",
    "running": "running",
    "new": "not built yet",
}
MARGIN = 24


async def page(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "lineage.html", **await context.pages.run(_page, context))


async def states(request: Request) -> JSONResponse:
    """The status of each node as JSON, for a page that is open during a run."""
    context: PageContext = request.app.state.page_context
    return JSONResponse(await context.pages.run(_current_states, context))


def _page(context: PageContext) -> dict[str, Any]:
    published, manifest, nodes = _read(context)
    drawing = lay_out({key: node.parents for key, node in nodes.items()})
    return {
        "published": published,
        "nodes": nodes,
        "places": drawing.places,
        "edges": [(source, target, curve(points)) for source, target, points in drawing.edges],
        "box": (-MARGIN, -MARGIN, drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN),
        "node_size": (WIDTH, HEIGHT),
        "states": _states(context, published, manifest, nodes),
        "words": LABELS,
        "parsed": bool(manifest.nodes),
    }


def _current_states(context: PageContext) -> dict[str, NodeStatus]:
    published, manifest, nodes = _read(context)
    return _states(context, published, manifest, nodes)


def _read(context: PageContext) -> tuple[PublishedState, DbtManifest, dict[str, Node]]:
    published, manifest = context.published.get(), read_dbt_manifest(context.state.dbt_target)
    return published, manifest, build_graph(context.project.loaded, manifest, published)


def _states(
    context: PageContext, published: PublishedState, manifest: DbtManifest, nodes: dict[str, Node]
) -> dict[str, NodeStatus]:
    tests: dict[str, list[str]] = {}
    for test in manifest.tests:
        tests.setdefault(test.node, []).append(test.id)
    published_at = published.build.record.made_at.timestamp() if published.build else None
    last = History(context.state.root).runs(1)
    error = last[0].error if last and last[0].status == "failed" else None
    failed_tables = tables_of_checks(context.project.loaded.checks, _failed_checks(context, last)) if error else set()
    results = last_results(context.state.dbt_target, published_at)
    if context.run_feed.snapshot()["building"]:
        results = {**results, **context.run_feed.node_status()}
    return node_statuses(
        nodes,
        published,
        results=results,
        error_file=(error or {}).get("file"),
        tests_of=tests,
        failed_tables=failed_tables,
    )


def _failed_checks(context: PageContext, last: list[RunRecord]) -> set[str]:
    return {failure.name for failure in failures_of(context.state, last[0].run_id)}


ROUTES = [Route("/lineage", page), Route("/lineage/states", states)]
