"""`sbdk query`: one read-only statement against what was published."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sbdk.cli.output import Output, use_utf8
from sbdk.cli.project import Raw, Target, Verbose, open_project
from sbdk.core.errors import UsageError
from sbdk.core.format import plural

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 100
"""Rows of a result that the form `table` prints."""


def add_to(app: typer.Typer) -> None:
    app.command("query")(query)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT. Marts need no schema: select * from dim_users")],
    file_format: Annotated[
        str | None,
        typer.Option("--format", "-f", help="table; csv or json: every row; parquet with --out."),
    ] = None,
    destination: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write every row to this Parquet file, whole or not at all.")
    ] = None,
    target: Target = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The same as --format json; with --out, print what was written.")
    ] = False,
    raw: Raw = False,
    verbose: Verbose = False,
) -> None:
    """Run one read-only statement. Files, ATTACH, COPY, INSTALL and SET are refused."""
    out = Output(as_json=as_json or file_format == "json", verbose=verbose)
    if destination is not None or file_format == "parquet":
        _to_file(out, _text(sql), _file(destination, file_format), target)
        return
    chosen = _output_format(file_format or "table", as_json=as_json)

    result = open_project(out, target=target).sql(_text(sql))
    if chosen == "table":
        _print_table(out, result)
        return
    from sbdk.app.results import write_csv, write_json

    use_utf8()
    write_json(result, sys.stdout) if chosen == "json" else write_csv(result, sys.stdout, raw=raw)


def _output_format(file_format: str, *, as_json: bool) -> str:
    if file_format not in {"table", "csv", "json"}:
        raise UsageError(f"--format {file_format!r} is not known", hint="table, csv, json or parquet")
    if as_json and file_format == "csv":
        raise UsageError("--json and --format csv exclude each other", hint="leave one of them out")
    return "json" if as_json else file_format


def _file(destination: Path | None, file_format: str | None) -> Path:
    """The path of the Parquet file; the other formats go to standard output only."""
    from sbdk.app.results import check_destination

    if file_format not in {None, "parquet"}:
        raise UsageError(f"--out writes Parquet, not {file_format}", hint="leave --out away and redirect: … > FILE")
    if destination is None:
        raise UsageError("--format parquet needs a file", hint="--out FILE, for example --out features.parquet")
    return check_destination(destination)


def _to_file(out: Output, sql: str, path: Path, target: str | None) -> None:
    from sbdk.app.results import write_parquet

    result = open_project(out, target=target).sql(sql)
    write_parquet(result, path)
    if out.as_json:
        out.object({"file": str(path), "rows": result.num_rows, "columns": result.num_columns})
    out.line(f"{plural(result.num_rows, 'row')} of {plural(result.num_columns, 'column')} in {path}")


def _text(sql: str) -> str:
    """The statement in UTF-8, as it was typed: Python decodes arguments by the locale."""
    try:
        return os.fsencode(sql).decode("utf-8")
    except UnicodeError:
        raise UsageError("the statement is not UTF-8 text") from None


def _print_table(out: Output, result: pa.Table) -> None:
    from sbdk.targets.values import sql_types, texts_of

    rows = list(texts_of(result.slice(0, SHOWN)))
    drawn = result.num_columns
    if out.terminal and drawn:
        from sbdk.cli.rich_output import draw_result

        drawn = draw_result(result.column_names, sql_types(result), rows)
    else:
        out.table("", result.column_names, rows)
    if drawn < result.num_columns:
        out.line(f"… {drawn} of {result.num_columns} columns; --format csv or json prints them all")
    if result.num_rows > SHOWN:
        out.line(f"… the first {SHOWN} of {result.num_rows:,} rows; --format csv or json prints them all")
