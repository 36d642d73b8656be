"""`sbdk rollback`: publishes an earlier build again."""

from __future__ import annotations

from typing import Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project


def add_to(app: typer.Typer) -> None:
    app.command("rollback")(rollback)


def rollback(
    run: Annotated[
        str | None, typer.Argument(help="A kept run (`sbdk runs`); default: the one before the published one.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Publish an earlier build again: data, clock and cursors of that run."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.builds import rollback_build

    published = rollback_build(open_project(out), run)
    if as_json:
        out.object({"run_id": published.run_id, "published": str(published.path)})
    out.line(f"Published again: run {published.run_id}.", style="bold green")
