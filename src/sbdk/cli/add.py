"""`sbdk add`: a real source becomes a plain dlt file in `pipelines/`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output, is_terminal
from sbdk.cli.project import Json, Verbose, open_project
from sbdk.core.errors import UsageError

if TYPE_CHECKING:
    from sbdk.app.add.database import Table
    from sbdk.app.add.writing import Added


def add_to(app: typer.Typer) -> None:
    app.command("add")(add)


def _option(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text)


def add(
    source: Annotated[str, typer.Argument(help="postgres, mysql, sqlite, sql (any SQLAlchemy URL), rest or files.")],
    name: Annotated[str, typer.Argument(help="Name of the source here: it becomes pipelines/NAME.py.")],
    url: Annotated[str | None, _option("Databases: URL with user and password; SQLite: a path.", "--url")] = None,
    schema: Annotated[str | None, _option("Databases: the schema of the tables.", "--schema")] = None,
    table: Annotated[list[str] | None, _option("Databases: a table to load; repeatable.", "--table")] = None,
    cursor: Annotated[
        list[str] | None,
        _option("Column that grows with each change, or none; TABLE.COLUMN for one table; repeatable.", "--cursor"),
    ] = None,
    key: Annotated[
        list[str] | None, _option("Columns (a,b) that identify a row; TABLE.COLUMNS for one table.", "--key")
    ] = None,
    lag: Annotated[
        float | None,
        typer.Option(
            "--lag", min=0, help="Look-back before the last cursor, for rows committed late: seconds, days or numbers."
        ),
    ] = None,
    base_url: Annotated[str | None, _option("REST: the URL of the API.", "--base-url")] = None,
    path: Annotated[str | None, _option("REST: path of the resource. Files: a pattern, or s3://…", "--path")] = None,
    paginator: Annotated[
        str | None, _option("REST: offset, page, cursor, link, json-link or single; else found out.", "--paginator")
    ] = None,
    page_size: Annotated[int, _option("REST: rows of a page, for offset.", "--page-size")] = 100,
    page_param: Annotated[str | None, _option("REST: parameter for offset, page or cursor.", "--page-param")] = None,
    next_path: Annotated[
        str | None, _option("REST: where the answer holds the next cursor or link.", "--next-path")
    ] = None,
    auth: Annotated[str | None, _option("REST: bearer, basic, api-key or oauth2.", "--auth")] = None,
    secret: Annotated[str | None, _option("REST: the token, password, key or client secret.", "--secret")] = None,
    user: Annotated[str | None, _option("REST: the user, or the client id.", "--user")] = None,
    token_url: Annotated[str | None, _option("REST, oauth2: where tokens are given.", "--token-url")] = None,
    header: Annotated[str | None, _option("REST, api-key: the header of the key.", "--header")] = None,
    selector: Annotated[str | None, _option("REST: where the answer holds the rows.", "--selector")] = None,
    cursor_param: Annotated[
        str | None, _option("REST: the parameter that asks for rows since the cursor.", "--cursor-param")
    ] = None,
    format: Annotated[str | None, _option("Files: csv, jsonl, json, parquet or xlsx.", "--format")] = None,
    encoding: Annotated[str | None, _option("CSV: for example latin-1 or utf-16.", "--encoding")] = None,
    delimiter: Annotated[str | None, _option("CSV: for example ; or tab.", "--delimiter")] = None,
    columns: Annotated[str | None, _option("CSV without a header: the names (a,b,c).", "--columns")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: all tables, proposed cursors and keys.")
    ] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write a plain dlt file for a real source, after trying it: a database, a REST API or files."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.add.kinds import DRIVERS, check_name, check_source

    check_source(source)
    check_name(name)
    loaded = open_project(out).loaded
    added: Added
    asks = is_terminal(sys.stdin) and out.terminal and not yes
    if source in (*DRIVERS, "sql"):
        from sbdk.app.add.database_source import DatabaseOptions, add_database

        options = DatabaseOptions(url, schema, tuple(table or ()), tuple(cursor or ()), tuple(key or ()), lag)
        added = add_database(loaded, source, name, options, _Asked() if asks else _Proposed(all_tables=yes))
    elif source == "rest":
        from sbdk.app.add.rest_source import RestOptions, add_rest

        added = add_rest(
            loaded,
            name,
            RestOptions(
                base_url=base_url, path=path, paginator=paginator, page_size=page_size, page_param=page_param,
                next_path=next_path, auth=auth, secret=secret, user=user, token_url=token_url, header=header,
                selector=selector, key=_one(key), cursor=_one(cursor), cursor_param=cursor_param,
            ),
        )  # fmt: skip
    else:
        from sbdk.app.add.file_source import FileOptions, add_files

        added = add_files(loaded, name, FileOptions(path, format, encoding, delimiter, columns))
    _report(out, added)


def _one(given: list[str] | None) -> str | None:
    if given and len(given) > 1:
        raise UsageError("--cursor and --key are given once for REST", hint="several columns of a key: a,b")
    return given[0] if given else None


def _report(out: Output, added: Added) -> None:
    if out.as_json:
        out.object(added.as_dict())
    out.table(f"Ten rows of {added.tables[0]['table']}", added.columns, [tuple(map(_short, row)) for row in added.rows])
    out.line(f"\nWrote pipelines/{added.file.name}", style="bold green")
    for each in added.tables:
        out.line(f"  {_sentence(each)}")
    for variable in added.variables:
        out.line(f"  {variable} is in .env" if variable else "")
    for note in added.notes:
        out.line(f"  {note}")
    table = added.tables[0]["table"]
    out.line("\n  sbdk dev      # load it")
    out.line(f"  sbdk contract infer {table} --out contracts/{table}.yaml      # then say what its rows must be\n")


def _sentence(table: dict[str, Any]) -> str:
    how = {
        "replace": "loaded whole in every run",
        "merge": f"what changed by {table.get('cursor')}, merged by {', '.join(table.get('key', ()))}",
        "append": f"what is new by {table.get('cursor')}",
    }
    return f"{table['table']}: {how[table['write_disposition']]}"


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


class _Proposed:
    """What a script gets: the proposed cursors, and all tables if it said --yes."""

    def __init__(self, *, all_tables: bool) -> None:
        self.all_tables = all_tables

    def url(self, variable: str) -> str:
        raise UsageError("--url is missing", hint=f"give --url, or set {variable} in .env")

    def tables(self, names: Sequence[str]) -> Sequence[str]:
        if names and not self.all_tables:
            raise UsageError("which tables?", hint=f"--table, or --yes for all: {', '.join(names)}")
        return names

    def cursor(self, table: Table) -> str | None:
        return table.proposed_cursor


class _Asked:
    """What a person on a terminal answers."""

    def url(self, variable: str) -> str:
        from rich.prompt import Prompt

        return str(Prompt.ask("URL of the database (not shown; it goes into .env)", password=True))

    def tables(self, names: Sequence[str]) -> Sequence[str]:
        from rich.prompt import Prompt

        answer = str(Prompt.ask(f"Tables ({', '.join(names)})", default="all"))
        return names if answer.strip() == "all" else [part.strip() for part in answer.split(",") if part.strip()]

    def cursor(self, table: Table) -> str | None:
        from rich.prompt import Prompt

        columns = ", ".join(column.name for column in table.columns if column.kind != "other")
        question = f"{table.name}: column that says what changed, or none ({columns})"
        answer = str(Prompt.ask(question, default=table.proposed_cursor or "none")).strip()
        return None if answer == "none" else answer
