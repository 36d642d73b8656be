"""The pages of the tables: the list, and one table with its columns, rows, profile, changes, tests and checks."""

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
from sbdk.server.dashboard.queries.checks import checks_on
from sbdk.server.dashboard.queries.profile import SAMPLED_FROM, profile
from sbdk.server.dashboard.queries.published_state import PublishedState

ROWS = 50
"""Rows of a preview."""
MAX_START = 10**15


async def all_tables(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "tables.html", **await context.pages.run(_table_list, context))


async def table_page(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(
        request, "table.html", **await context.pages.run(_table, context, *_table_name(request), _start(request))
    )


async def columns(request: Request) -> HTMLResponse:
    """The profile, a part that the page fetches later."""
    context: PageContext = request.app.state.page_context
    return context.render(
        request, "parts/profile.html", **await context.queries.run(_profile, context, *_table_name(request))
    )


async def changes(request: Request) -> HTMLResponse:
    """The diff to the build before, of one table or of all; a part that the page fetches later."""
    context: PageContext = request.app.state.page_context
    name = ".".join(_table_name(request)) if request.query_params.get("name") else None
    return context.render(request, "parts/changes.html", **await context.long.run(_changes, context, name))


def _table_name(request: Request) -> tuple[str, str]:
    return request.query_params.get("schema", ""), request.query_params.get("name", "")


def _start(request: Request) -> int:
    """The first row, from 0; 0 for anything that is not a number."""
    text = request.query_params.get("start", "")
    return min(int(text), MAX_START) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _table_list(context: PageContext) -> dict[str, Any]:
    published = context.published.get()
    if published.build is None:
        return {"published": published, "schemas": {}, "tests": {}, "most": 1, "diff": None}
    relations = context.published.relations()
    manifest = read_dbt_manifest(context.state.dbt_target)
    diff = context.diffs.cached(published)
    schemas: dict[str, list[catalog.Relation]] = {}
    for relation in relations:
        schemas.setdefault(relation.schema, []).append(relation)
    return {
        "published": published,
        "schemas": schemas,
        "tests": {table.full_name: len(manifest.tests_on(table.schema, table.name)) for table in relations},
        "about": {table.full_name: _summary(manifest.node_of(table.schema, table.name)) for table in relations},
        "most": max((relation.rows or 0 for relation in relations), default=0) or 1,
        "diff": {table.name: table for table in diff.tables} if diff else None,
    }


def _require_published(context: PageContext) -> PublishedState:
    """The published build; raises when there is none, or none that can be read."""
    published = context.published.get()
    if published.build is None:
        raise published.problem or NOT_FOUND
    return published


def _summary(node: Any) -> str:
    return node.description.partition("\n")[0] if node else ""


def _table(context: PageContext, schema: str, name: str, start: int) -> dict[str, Any]:
    published = _require_published(context)
    late = None
    try:
        relation, page = catalog.preview(context.target, schema, name, published.rows, start=start, rows=ROWS)
    except QueryTimeout:
        late = catalog.SECONDS
        relation, page = catalog.relation(context.target, schema, name, published.rows), catalog.Page([], 0, False)
    manifest = read_dbt_manifest(context.state.dbt_target)
    return {
        "published": published,
        "relation": relation,
        "page": page,
        "step": ROWS,
        "late": late,
        "node": manifest.node_of(schema, name),
        "tests": manifest.tests_on(schema, name),
        "checks": checks_on(context.project.loaded.checks, schema, name),
        "results": {check.name: check for check in published.contents.checks},
        "sampled_from": SAMPLED_FROM,
    }


def _profile(context: PageContext, schema: str, name: str) -> dict[str, Any]:
    published = _require_published(context)
    key = (context.published.stamp(), schema, name)
    if key not in context.profiles:
        relation = catalog.relation(context.target, schema, name, published.rows)
        while len(context.profiles) > 50:
            context.profiles.pop(next(iter(context.profiles)))
        context.profiles[key] = profile(context.target, relation)
    node = read_dbt_manifest(context.state.dbt_target).node_of(schema, name)
    return {"published": published, "profile": context.profiles[key], "about": node.columns if node else {}}


def _changes(context: PageContext, name: str | None) -> dict[str, Any]:
    published = context.published.get()
    problem = None
    try:
        diff = context.diffs.get(context.project, published)
    except SbdkError as error:
        diff, problem = None, error
    tables = [table for table in diff.tables if name in (None, table.name)] if diff else []
    return {"published": published, "diff": diff, "tables": tables, "problem": problem, "single": name is not None}


ROUTES = [
    Route("/tables", all_tables),
    Route("/table", table_page),
    Route("/table/profile", columns),
    Route("/changes", changes),
]
