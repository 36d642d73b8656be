"""Every answer that is no success: the body {"error", "detail", "request_id"}, with nothing of the input in it."""

from __future__ import annotations

import re

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
from sbdk.server.guards import Refusal

MOST = 200
_NAMED = re.compile(r"(with name) \S+")
_QUOTED = re.compile(r"""(["'`])(.{1,400}?)\1""", re.DOTALL)


class WrongSql(Refusal):
    """`at`: the place of the mistake in the SQL, {line, column, length} from 1, if DuckDB names one."""

    def __init__(self, detail: str, at: dict[str, int] | None) -> None:
        super().__init__(400, "sql_error", detail)
        self.at = at


_BY_KIND: tuple[tuple[type[SbdkError], int, str, str], ...] = (
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


def refusal_of(error: SbdkError) -> Refusal:
    """What a browser is told of an error of ours: the kind of it, and never paths, data or SQL."""
    kind = next(row for row in _BY_KIND if isinstance(error, row[0]))
    return Refusal(kind[1], kind[2], kind[3])


def refusal_of_sql(error: QueryError, sql: str) -> Refusal:
    """As `refusal_of`; of wrong SQL also what DuckDB says, and the place in `sql`: {line, column, length}, from 1."""
    if isinstance(error, QueryTimeout | QueryForbidden):
        return refusal_of(error)
    said, _, place = error.message.partition("\n\nLINE ")
    return WrongSql(without_echo(said, sql), _place(place, sql))


def without_echo(said: str, sql: str) -> str:
    """DuckDB's sentence without the names and values that stand in the SQL; the user sees them there, marked."""

    def drop(found: re.Match[str]) -> str:
        return "" if found[2].lower() in sql.lower() else found[0]

    text = " ".join(_QUOTED.sub(drop, _NAMED.sub("of that name", said)).split())
    text = re.sub(r"\s+([,;!.])", r"\1", text).replace(":,", ":")
    return text if len(text) <= MOST else text[: MOST - 2].rpartition(" ")[0].rstrip(",") + " …"


def _place(text: str, sql: str) -> dict[str, int] | None:
    """From "3: select foo from\\n     ^^^". A long line is cut by DuckDB to a piece between two "..."."""
    head, _, rest = text.partition(": ")
    shown, _, carets = rest.partition("\n")
    lines = sql.split("\n")
    if not head.isdigit() or "^" not in carets:
        return None
    offset = carets.index("^") - len(f"LINE {head}: ")
    number = int(head) - (0 if int(head) <= len(lines) else int(head) - len(lines))
    piece = shown.removeprefix("...").removesuffix("...")
    start = next((at for n, line in _from(lines, number) if (at := line.find(piece)) >= 0 and (number := n)), None)
    if start is None:
        return None
    column = start + offset - (3 if shown.startswith("...") else 0) + 1
    return {"line": number, "column": max(column, 1), "length": carets.count("^")}


def _from(lines: list[str], number: int) -> list[tuple[int, str]]:
    """The lines with their numbers, the one that DuckDB names first: it counts the lines that it has added itself."""
    numbered = list(enumerate(lines, 1))
    return numbered[number - 1 : number] + numbered
