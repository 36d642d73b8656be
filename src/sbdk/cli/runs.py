"""`sbdk runs`: the history of runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project

if TYPE_CHECKING:
    from sbdk.state.history import RunRecord


def add_to(app: typer.Typer) -> None:
    app.command("runs")(runs)


def runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The last N runs.")] = 20,
    cursors: Annotated[
        bool, typer.Option("--cursors", help="Instead: up to where each incremental source has loaded.")
    ] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """List the latest runs, those that published nothing as well."""
    out = Output(as_json=as_json, verbose=verbose)
    if cursors:
        _show_cursors(out)
        return
    from sbdk.state.history import History

    project = open_project(out)
    history = History(project.loaded.state).runs(limit)
    kept = {build.run_id for build in project.warehouse().builds()}
    published = project.warehouse().current()
    current = published.run_id if published else None
    if as_json:
        out.object(
            {"runs": [{**asdict(run), "kept": run.run_id in kept, "current": run.run_id == current} for run in history]}
        )
    places = {run_id: "published" if run_id == current else "kept" for run_id in kept}
    if not history:
        out.line("no runs yet; `sbdk dev` makes the first")
        return
    rows = [
        (run.run_id, run.status, _seconds(run), places.get(run.run_id), _message(run) or run.command) for run in history
    ]
    out.table("Runs, latest first (UTC)", ["run", "status", "seconds", "build", "command or error"], rows)


def _show_cursors(out: Output) -> None:
    from sbdk.app.cursors import published_cursors

    found = published_cursors(open_project(out))
    if out.as_json:
        out.object({"cursors": [asdict(cursor) for cursor in found]})
    elif not found:
        out.line("no cursors: no source of the published build is incremental")
    else:
        rows = [(each.source, each.resource, each.column, str(each.last_value)) for each in found]
        out.table("Cursors of the published build", ["source", "resource", "column", "last value"], rows)


def _seconds(run: RunRecord) -> float | None:
    return None if run.seconds is None else round(run.seconds, 2)


def _message(run: RunRecord) -> str:
    """The first line of the error; --json has all of it."""
    return str(run.error["message"]).partition("\n")[0] if run.error else ""
