"""The SQL page: one read-only statement on the published build, with limits of time and rows, and export."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import pyarrow as pa
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sbdk.app.results import write_csv, write_json
from sbdk.core.errors import QueryError, SbdkError
from sbdk.server.dashboard.errors import sql_error_of
from sbdk.server.dashboard.filters import type_kind
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.catalog import Relation
from sbdk.server.http.body import read_body
from sbdk.server.http.errors import HttpError
from sbdk.targets.values import for_parquet, sql_types, texts_of

MAX_SQL = 100_000
"""Characters of a statement."""


async def page(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "sql.html", **await context.pages.run(_page, context))


async def run(request: Request) -> Response:
    """{"sql"} → {"columns": [{name, type}], "rows": texts or null, "more", "seconds"}."""
    context: PageContext = request.app.state.page_context
    sql = await _statement(request)
    return Response(await context.queries.run(_run, context, sql), media_type="application/json")


async def export(request: Request) -> FileResponse:
    """The result of the statement as a file: csv, json or parquet."""
    context: PageContext = request.app.state.page_context
    form = request.path_params["form"]
    if form not in FORMATS:
        raise HttpError(404, "not_found", "csv, json and parquet are known")
    path = await context.queries.run(_export, context, await _statement(request), form)
    remove = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=FORMATS[form], filename=f"result.{form}", background=remove)


async def _statement(request: Request) -> str:
    """The statement in a JSON body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HttpError(415, "unsupported_media_type", "send JSON as application/json")
    try:
        body = orjson.loads(await read_body(request.receive))
    except orjson.JSONDecodeError:
        raise HttpError(400, "bad_json", "the body is no JSON") from None
    if not isinstance(body, dict) or set(body) != {"sql"} or not isinstance(body["sql"], str):
        raise HttpError(400, "bad_payload", 'the body is an object with the one key "sql", a text')
    if len(body["sql"]) > MAX_SQL:
        raise HttpError(413, "too_large", f"at most {MAX_SQL} characters of SQL")
    return body["sql"]


def _page(context: PageContext) -> dict[str, Any]:
    published = context.published.get()
    relations: list[Relation] = []
    if published.build is not None:
        try:
            relations = context.published.relations()
        except SbdkError:
            relations = []
    relations.sort(key=lambda relation: (relation.schema != "main", relation.schema))
    return {"published": published, "relations": relations, "limits": context.project.loaded.config.dashboard}


def _run(context: PageContext, sql: str) -> bytes:
    limits = context.project.loaded.config.dashboard
    began = perf_counter()
    table = _query(context, sql, limits.query_rows + 1)
    seconds = perf_counter() - began
    shown = table.slice(0, limits.query_rows)
    columns, rows = texts(shown)
    more = table.num_rows > limits.query_rows
    return orjson.dumps({"columns": columns, "rows": rows, "more": more, "seconds": round(seconds, 4)})


def _export(context: PageContext, sql: str, form: str) -> Path:
    return write_file(_query(context, sql, context.project.loaded.config.dashboard.export_rows), form)


def _query(context: PageContext, sql: str, rows: int) -> Any:
    target = context.target
    if not target.exists():
        raise HttpError(409, "nothing_published", "nothing was published yet")
    try:
        seconds = context.project.loaded.config.dashboard.query_seconds
        return target.query(sql, max_seconds=seconds, max_rows=rows)
    except QueryError as error:
        raise sql_error_of(error, sql) from None


ROUTES = [
    Route("/sql", page),
    Route("/sql/run", run, methods=["POST"]),
    Route("/sql/export/{form}", export, methods=["POST"]),
]


CUT = 2_000
"""Characters of a cell."""
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}


def texts(table: pa.Table) -> tuple[list[dict[str, str]], list[tuple[str | None, ...]]]:
    """(columns with name, type and kind; rows as texts by DuckDB's casts, cut, None for NULL)."""
    columns = [
        {"name": name, "type": kind, "kind": type_kind(kind)}
        for name, kind in zip(table.column_names, sql_types(table), strict=True)
    ]
    return columns, list(texts_of(table, cut=CUT))


def write_file(table: pa.Table, form: str) -> Path:
    """Write a temporary file, which the caller removes: the bytes that `sbdk query --format` prints."""
    handle, name = tempfile.mkstemp(prefix="sbdk-export-", suffix=f".{form}")
    os.close(handle)
    path = Path(name)
    try:
        if form == "parquet":
            _write_parquet(table, path)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                write_json(table, file) if form == "json" else write_csv(table, file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(for_parquet(table), path)
