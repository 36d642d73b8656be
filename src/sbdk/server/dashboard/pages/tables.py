"""Tables: all of them, and one with its columns, rows, profile, changes and guards."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sbdk.core.errors import QueryTimeout, SbdkError
from sbdk.server.dashboard.lineage.manifest import read_manifest
from sbdk.server.dashboard.missing import NOT_FOUND
from sbdk.server.dashboard.reading import catalogue
from sbdk.server.dashboard.reading.guards import checks_on
from sbdk.server.dashboard.reading.profiling import SAMPLED_FROM, profile
from sbdk.server.dashboard.reading.standing import Standing
from sbdk.server.dashboard.site import Site

ROWS = 50
"""Rows of a preview."""
MOST_START = 10**15


async def all_tables(request: Request) -> HTMLResponse:
    site: Site = request.app.state.site
    return site.render(request, "tables.html", **await site.pages.do(_all, site))


async def one(request: Request) -> HTMLResponse:
    site: Site = request.app.state.site
    return site.render(request, "table.html", **await site.pages.do(_one, site, *_which(request), _start(request)))


async def columns(request: Request) -> HTMLResponse:
    """The profile, a part of the page that comes after it."""
    site: Site = request.app.state.site
    return site.render(request, "parts/profile.html", **await site.queries.do(_profile, site, *_which(request)))


async def changed(request: Request) -> HTMLResponse:
    """What changed since the build before: of one table, or of all."""
    site: Site = request.app.state.site
    name = ".".join(_which(request)) if request.query_params.get("name") else None
    return site.render(request, "parts/changes.html", **await site.long.do(_changed, site, name))


def _which(request: Request) -> tuple[str, str]:
    return request.query_params.get("schema", ""), request.query_params.get("name", "")


def _start(request: Request) -> int:
    """The first row, from 0; nonsense is 0."""
    text = request.query_params.get("start", "")
    return min(int(text), MOST_START) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _all(site: Site) -> dict[str, Any]:
    standing = site.standings.now()
    if standing.build is None:
        return {"standing": standing, "schemas": {}, "tests": {}, "most": 1, "diff": None}
    found = site.standings.relations()
    manifest = read_manifest(site.state / "target")
    schemas: dict[str, list[catalogue.Relation]] = {}
    for relation in found:
        schemas.setdefault(relation.schema, []).append(relation)
    return {
        "standing": standing,
        "schemas": schemas,
        "tests": {one.full_name: len(manifest.guarding(one.schema, one.name)) for one in found},
        "about": {one.full_name: _about(manifest.node_of(one.schema, one.name)) for one in found},
        "most": max((relation.rows or 0 for relation in found), default=0) or 1,
        "diff": {table.name: table for table in known.tables} if (known := site.changes.known(standing)) else None,
    }


def _published(site: Site) -> Standing:
    """What is published; refused when nothing is, or nothing that can be read."""
    standing = site.standings.now()
    if standing.build is None:
        raise standing.problem or NOT_FOUND
    return standing


def _about(node: Any) -> str:
    return node.description.partition("\n")[0] if node else ""


def _one(site: Site, schema: str, name: str, start: int) -> dict[str, Any]:
    standing = _published(site)
    late = None
    try:
        relation, page = catalogue.preview(site.target, schema, name, standing.rows, start=start, rows=ROWS)
    except QueryTimeout:
        late = catalogue.SECONDS
        relation, page = catalogue.relation(site.target, schema, name, standing.rows), catalogue.Page([], 0, False)
    manifest = read_manifest(site.state / "target")
    return {
        "standing": standing,
        "relation": relation,
        "page": page,
        "step": ROWS,
        "late": late,
        "node": manifest.node_of(schema, name),
        "tests": manifest.guarding(schema, name),
        "checks": checks_on(site.project.loaded.checks, schema, name),
        "results": {check["name"]: check for check in standing.facts.get("checks", [])},
        "sampled_from": SAMPLED_FROM,
    }


def _profile(site: Site, schema: str, name: str) -> dict[str, Any]:
    standing = _published(site)
    key = (site.standings.stamp(), schema, name)
    if key not in site.profiles:
        relation = catalogue.relation(site.target, schema, name, standing.rows)
        while len(site.profiles) > 50:
            site.profiles.pop(next(iter(site.profiles)))
        site.profiles[key] = profile(site.target, relation)
    node = read_manifest(site.state / "target").node_of(schema, name)
    return {"standing": standing, "profile": site.profiles[key], "about": node.columns if node else {}}


def _changed(site: Site, name: str | None) -> dict[str, Any]:
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
