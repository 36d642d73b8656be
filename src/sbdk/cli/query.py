"""`sbdk query`: one read-only statement against what was published."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from sbdk.cli.choices import Raw, Target, Verbose
from sbdk.cli.output import Output
from sbdk.cli.place import open_project
from sbdk.core.errors import UsageError

SHOWN = 100


def add_to(app: typer.Typer) -> None:
    app.command("query")(query)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT. Marts need no schema: select * from dim_users")],
    file_format: Annotated[
        str, typer.Option("--format", "-f", help="table, csv or json; the last two print every row.")
    ] = "table",
    target: Target = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    raw: Raw = False,
    verbose: Verbose = False,
) -> None:
    """Run one read-only statement. Files, ATTACH, COPY, INSTALL and SET are refused."""
    out = Output(as_json=as_json or file_format == "json", verbose=verbose)
    chosen = _form(file_format, as_json=as_json)

    answer = open_project(out, target=target).sql(_text(sql))
    if chosen == "table":
        _as_table(out, answer)
    else:
        from sbdk.cli.rows import write_csv, write_json

        write_json(answer) if chosen == "json" else write_csv(answer, raw=raw)


def _form(file_format: str, *, as_json: bool) -> str:
    if file_format not in {"table", "csv", "json"}:
        raise UsageError(f"--format {file_format!r} is not known", hint="table, csv or json")
    if as_json and file_format == "csv":
        raise UsageError("--json and --format csv exclude each other", hint="leave one of them out")
    return "json" if as_json else file_format


def _text(sql: str) -> str:
    """The statement as the user typed it, in UTF-8, whatever Python made of it under an odd locale."""
    try:
        return os.fsencode(sql).decode("utf-8")
    except UnicodeError:
        raise UsageError("the statement is not UTF-8 text") from None


def _as_table(out: Output, answer: Any) -> None:
    from sbdk.cli.rows import rows_of

    out.table("", answer.column_names, rows_of(answer.slice(0, SHOWN)), exact=True)
    if answer.num_rows > SHOWN:
        out.line(f"… the first {SHOWN} of {answer.num_rows:,} rows; --format csv or json prints them all")
