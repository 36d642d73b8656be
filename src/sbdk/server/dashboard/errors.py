"""Error responses: JSON {"error", "detail", "request_id"} for programs, a page for a browser that followed a link.

They contain no input, no path and no data.
"""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sbdk.core.errors import (
    LockHeld,
    NewerFormat,
    QueryError,
    QueryForbidden,
    QueryTimeout,
    SbdkError,
    UnknownName,
    UsageError,
    WarehouseDamaged,
)
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.http.errors import HttpError, error_response

MAX_MESSAGE = 200
"""Characters."""
NOT_FOUND = HttpError(404, "not_found", "there is no such thing here")
_NAMED = re.compile(r"(with name) \S+")
_QUOTED = re.compile(r"""(["'`])(.{1,400}?)\1""", re.DOTALL)


class SqlError(HttpError):
    """Wrong SQL. `at`: the position of the mistake, {line, column, length} from 1, if DuckDB reports one."""

    def __init__(self, detail: str, at: dict[str, int] | None) -> None:
        super().__init__(400, "sql_error", detail)
        self.at = at


_BY_CLASS: tuple[tuple[type[SbdkError], int, str, str], ...] = (
    (QueryTimeout, 408, "sql_timeout", "the query was stopped at its time limit"),
    (QueryForbidden, 403, "sql_forbidden", "one read-only statement on the published warehouse, and nothing else"),
    (QueryError, 400, "sql_error", "the database cannot run it"),
    (UnknownName, 404, "not_found", "there is no such thing here"),
    (LockHeld, 409, "locked", "another program has the published file open for writing"),
    (WarehouseDamaged, 409, "damaged", "the published file cannot be read"),
    (NewerFormat, 409, "newer_format", "a later version of sbdk has worked on this project"),
    (UsageError, 409, "nothing_published", "nothing was published yet"),
    (SbdkError, 409, "failed", "that cannot be done now"),
)


def http_error_of(error: SbdkError) -> HttpError:
    """The HTTP error for an error of sbdk, by its class; it contains no path, data or SQL."""
    _, status, code, detail = next(row for row in _BY_CLASS if isinstance(error, row[0]))
    return HttpError(status, code, detail)


def sql_error_of(error: QueryError, sql: str) -> HttpError:
    """As `http_error_of`; for wrong SQL an SqlError with DuckDB's message and the position in `sql`."""
    if isinstance(error, QueryTimeout | QueryForbidden):
        return http_error_of(error)
    message, _, position = error.message.partition("\n\nLINE ")
    return SqlError(without_echo(message, sql), _position(position, sql))


def without_echo(message: str, sql: str) -> str:
    """DuckDB's message without the names and values of the SQL; the page marks them in the SQL itself."""

    def drop(match: re.Match[str]) -> str:
        return "" if match[2].lower() in sql.lower() else match[0]

    text = " ".join(_QUOTED.sub(drop, _NAMED.sub("of that name", message)).split())
    text = re.sub(r"\s+([,;!.])", r"\1", text).replace(":,", ":")
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 2].rpartition(" ")[0].rstrip(",") + " …"


def _position(text: str, sql: str) -> dict[str, int] | None:
    """{line, column, length} from "3: select foo from\\n     ^^^". DuckDB cuts a long line to a piece between "..."."""
    head, _, rest = text.partition(": ")
    shown, _, carets = rest.partition("\n")
    lines = sql.split("\n")
    if not head.isdigit() or "^" not in carets:
        return None
    offset = carets.index("^") - len(f"LINE {head}: ")
    number = int(head) - (0 if int(head) <= len(lines) else int(head) - len(lines))
    piece = shown.removeprefix("...").removesuffix("...")
    start = next(
        (at for n, line in _lines_from(lines, number) if (at := line.find(piece)) >= 0 and (number := n)), None
    )
    if start is None:
        return None
    column = start + offset - (3 if shown.startswith("...") else 0) + 1
    return {"line": number, "column": max(column, 1), "length": carets.count("^")}


def _lines_from(lines: list[str], number: int) -> list[tuple[int, str]]:
    """The lines with their numbers, beginning with `number`; then all, since DuckDB also counts lines that it added."""
    numbered = list(enumerate(lines, 1))
    return numbered[number - 1 : number] + numbered


async def respond(request: Request, error: HttpError) -> Response:
    """The error as JSON; as a page for a browser that followed a link."""
    if request.headers.get("sec-fetch-mode") == "navigate":
        context: PageContext = request.app.state.page_context
        published = await context.pages.run(context.published.get)
        page = context.render(request, "error.html", published, error=error)
        page.status_code = error.status
        page.headers.update(error.headers)
        return page
    return error_response(error, request.scope)


async def respond_to_failure(request: Request, error: SbdkError) -> Response:
    return await respond(request, http_error_of(error))


async def respond_not_found(request: Request, error: Any) -> Response:
    return await respond(request, NOT_FOUND)


async def respond_to_sql(request: Request, error: SqlError) -> Response:
    """The usual fields, and `at`, the position of the mistake."""
    response = error_response(error, request.scope)
    body = {**json.loads(bytes(response.body)), "at": error.at}
    return Response(json.dumps(body).encode(), error.status, media_type="application/json")
