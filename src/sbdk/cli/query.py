"""`sbdk query`: one read-only statement against what was published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.core.errors import UsageError

SHOWN = 100


def add_to(app: typer.Typer) -> None:
    app.command("query")(query)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT. Marts need no schema: select * from dim_users")],
    file_format: Annotated[
        str, typer.Option("--format", "-f", help="table, csv or json; the last two print every row.")
    ] = "table",
    target: Annotated[str | None, typer.Option("--target", help="dev, staging, prod or your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="CSV: leave cells that begin with = + - @ as they are.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show tracebacks.")] = False,
) -> None:
    """Run one read-only statement. Files, ATTACH, COPY, INSTALL and SET are refused."""
    chosen = "json" if as_json else file_format
    out = Output(as_json=chosen == "json", verbose=verbose)
    if chosen not in {"table", "csv", "json"}:
        raise UsageError(f"--format {chosen!r} is not known", hint="table, csv or json")
    from sbdk.pipeline.project import Project

    answer = Project(Path.cwd(), target=target).sql(sql)
    if chosen == "table":
        _as_table(out, answer)
    else:
        from sbdk.cli.rows import write_csv, write_json

        write_json(answer) if chosen == "json" else write_csv(answer, raw=raw)


def _as_table(out: Output, answer: Any) -> None:
    shown = answer.slice(0, SHOWN)
    out.table("", answer.column_names, zip(*(column.to_pylist() for column in shown.columns), strict=True))
    if answer.num_rows > SHOWN:
        out.line(f"… the first {SHOWN} of {answer.num_rows:,} rows; --format csv or json prints them all")
