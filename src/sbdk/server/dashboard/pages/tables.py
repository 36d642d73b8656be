"""Tables: all of them, and one with its columns, rows, profile, changes and guards."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.core.errors import QueryTimeout, SbdkError
from sbdk.server.dashboard.errors import NOT_FOUND
from sbdk.server.dashboard.lineage.dbt_manifest import read_dbt_manifest
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries import catalog
from sbdk.server.dashboard.queries.profile import SAMPLED_FROM, profile
from sbdk.server.dashboard.queries.published_state import Standing
from sbdk.server.dashboard.queries.table_checks import checks_on

ROWS = 50
"""Rows of a preview."""
MOST_START = 10**15


async def all_tables(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "tables.html", **await site.pages.run(_all, site))


async def one(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "table.html", **await site.pages.run(_one, site, *_which(request), _start(request)))


async def columns(request: Request) -> HTMLResponse:
    """The profile, a part of the page that comes after it."""
    site: PageContext = request.app.state.site
    return site.render(request, "parts/profile.html", **await site.queries.run(_profile, site, *_which(request)))


async def changed(request: Request) -> HTMLResponse:
    """What changed since the build before: of one table, or of all."""
    site: PageContext = request.app.state.site
    name = ".".join(_which(request)) if request.query_params.get("name") else None
    return site.render(request, "parts/changes.html", **await site.long.run(_changed, site, name))


def _which(request: Request) -> tuple[str, str]:
    return request.query_params.get("schema", ""), request.query_params.get("name", "")


def _start(request: Request) -> int:
    """The first row, from 0; nonsense is 0."""
    text = request.query_params.get("start", "")
    return min(int(text), MOST_START) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _all(site: PageContext) -> dict[str, Any]:
    standing = site.standings.now()
    if standing.build is None:
        return {"standing": standing, "schemas": {}, "tests": {}, "most": 1, "diff": None}
    found = site.standings.relations()
    manifest = read_dbt_manifest(site.state.dbt_target)
    schemas: dict[str, list[catalog.Relation]] = {}
    for relation in found:
        schemas.setdefault(relation.schema, []).append(relation)
    return {
        "standing": standing,
        "schemas": schemas,
        "tests": {one.full_name: len(manifest.tests_on(one.schema, one.name)) for one in found},
        "about": {one.full_name: _about(manifest.node_of(one.schema, one.name)) for one in found},
        "most": max((relation.rows or 0 for relation in found), default=0) or 1,
        "diff": {table.name: table for table in known.tables} if (known := site.changes.known(standing)) else None,
    }


def _published(site: PageContext) -> Standing:
    """What is published; refused when nothing is, or nothing that can be read."""
    standing = site.standings.now()
    if standing.build is None:
        raise standing.problem or NOT_FOUND
    return standing


def _about(node: Any) -> str:
    return node.description.partition("\n")[0] if node else ""


def _one(site: PageContext, schema: str, name: str, start: int) -> dict[str, Any]:
    standing = _published(site)
    late = None
    try:
        relation, page = catalog.preview(site.target, schema, name, standing.rows, start=start, rows=ROWS)
    except QueryTimeout:
        late = catalog.SECONDS
        relation, page = catalog.relation(site.target, schema, name, standing.rows), catalog.Page([], 0, False)
    manifest = read_dbt_manifest(site.state.dbt_target)
    return {
        "standing": standing,
        "relation": relation,
        "page": page,
        "step": ROWS,
        "late": late,
        "node": manifest.node_of(schema, name),
        "tests": manifest.tests_on(schema, name),
        "checks": checks_on(site.project.loaded.checks, schema, name),
        "results": {check.name: check for check in standing.contents.checks},
        "sampled_from": SAMPLED_FROM,
    }


def _profile(site: PageContext, schema: str, name: str) -> dict[str, Any]:
    standing = _published(site)
    key = (site.standings.stamp(), schema, name)
    if key not in site.profiles:
        relation = catalog.relation(site.target, schema, name, standing.rows)
        while len(site.profiles) > 50:
            site.profiles.pop(next(iter(site.profiles)))
        site.profiles[key] = profile(site.target, relation)
    node = read_dbt_manifest(site.state.dbt_target).node_of(schema, name)
    return {"standing": standing, "profile": site.profiles[key], "about": node.columns if node else {}}


def _changed(site: PageContext, name: str | None) -> dict[str, Any]:
    standing = site.standings.now()
    problem = None
    try:
        diff = site.changes.of(site.project, standing)
    except SbdkError as error:
        diff, problem = None, error
    tables = [table for table in diff.tables if name in (None, table.name)] if diff else []
    return {"standing": standing, "diff": diff, "tables": tables, "problem": problem, "single": name is not None}


ROUTES = [
    Route("/tables", all_tables),
    Route("/table", one),
    Route("/table/profile", columns),
    Route("/changes", changed),
]
