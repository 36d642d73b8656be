"""The SQL box: one read-only statement on what is published, with limits of time and rows, and export."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sbdk.core.errors import QueryError, SbdkError
from sbdk.server.dashboard.errors import sql_error_of
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.catalog import Relation
from sbdk.server.dashboard.queries.result_export import FORMATS, texts, write_file
from sbdk.server.http.body import read_body
from sbdk.server.http.errors import HttpError

MOST_SQL = 100_000


async def page(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "sql.html", **await site.pages.run(_page, site))


async def run(request: Request) -> Response:
    """{"sql"} → {"columns": [{name, type}], "rows": texts or null, "more", "seconds"}."""
    site: PageContext = request.app.state.site
    sql = await _asked(request)
    return Response(await site.queries.run(_run, site, sql), media_type="application/json")


async def export(request: Request) -> FileResponse:
    """The same statement as a file: csv, json or parquet."""
    site: PageContext = request.app.state.site
    form = request.path_params["form"]
    if form not in FORMATS:
        raise HttpError(404, "not_found", "csv, json and parquet are known")
    path = await site.queries.run(_export, site, await _asked(request), form)
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=FORMATS[form], filename=f"result.{form}", background=gone)


async def _asked(request: Request) -> str:
    """The statement in a JSON body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HttpError(415, "unsupported_media_type", "send JSON as application/json")
    try:
        body = orjson.loads(await read_body(request.receive))
    except orjson.JSONDecodeError:
        raise HttpError(400, "bad_json", "the body is no JSON") from None
    if not isinstance(body, dict) or set(body) != {"sql"} or not isinstance(body["sql"], str):
        raise HttpError(400, "bad_payload", 'the body is an object with the one key "sql", a text')
    if len(body["sql"]) > MOST_SQL:
        raise HttpError(413, "too_large", f"at most {MOST_SQL} characters of SQL")
    return body["sql"]


def _page(site: PageContext) -> dict[str, Any]:
    standing = site.standings.now()
    found: list[Relation] = []
    if standing.build is not None:
        try:
            found = site.standings.relations()
        except SbdkError:
            found = []
    found.sort(key=lambda one: (one.schema != "main", one.schema))
    return {"standing": standing, "relations": found, "limits": site.project.loaded.config.dashboard}


def _run(site: PageContext, sql: str) -> bytes:
    limits = site.project.loaded.config.dashboard
    began = perf_counter()
    answer = _query(site, sql, limits.query_rows + 1)
    seconds = perf_counter() - began
    shown = answer.slice(0, limits.query_rows)
    columns, rows = texts(shown)
    more = answer.num_rows > limits.query_rows
    return orjson.dumps({"columns": columns, "rows": rows, "more": more, "seconds": round(seconds, 4)})


def _export(site: PageContext, sql: str, form: str) -> Path:
    return write_file(_query(site, sql, site.project.loaded.config.dashboard.export_rows), form)


def _query(site: PageContext, sql: str, rows: int) -> Any:
    target = site.target
    if not target.exists():
        raise HttpError(409, "nothing_published", "nothing was published yet")
    try:
        seconds = site.project.loaded.config.dashboard.query_seconds
        return target.query(sql, max_seconds=seconds, max_rows=rows)
    except QueryError as error:
        raise sql_error_of(error, sql) from None


ROUTES = [
    Route("/sql", page),
    Route("/sql/run", run, methods=["POST"]),
    Route("/sql/export/{form}", export, methods=["POST"]),
]
