"""`sbdk report`: a page of charts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Target, Verbose, here, open_project

if TYPE_CHECKING:
    from sbdk.app.report import ChartPage


def add_to(app: typer.Typer) -> None:
    app.command("report")(report)


def report(
    out: Annotated[Path, typer.Option("--out", help="Where the page goes.")] = Path("report.html"),
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    target: Target = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Draw the charts of report/*.yml from what was published: one HTML file that needs no network."""
    output = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.report import make_report, write_page

    drawn = make_report(open_project(output, target=target))
    path = here() / out
    size = write_page(drawn, path)
    for error in drawn.errors:
        output.error(error)
    if as_json:
        output.object({"file": str(path), "bytes": size, **drawn.as_dict()})
    output.line(_summary(drawn, out, size))
    if show and not _open(path):
        output.warning(f"there is no browser to open; the page is {path}")
    if drawn.errors:
        raise typer.Exit(1)


def _summary(drawn: ChartPage, out: Path, size: int) -> str:
    charts = len(drawn.as_dict()["charts"])
    missing = f", {len(drawn.errors)} of them not drawn" if drawn.errors else ""
    return f"{charts} charts of run {drawn.origin.run_id}{missing} → {out}  ({size / 1024:,.0f} KB)"


def _open(path: Path) -> bool:
    import webbrowser

    return webbrowser.open(path.as_uri())
