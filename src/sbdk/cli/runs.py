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
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """The history: every run, those that published nothing too."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.state.history import History

    project = open_project(out)
    found = History(project.loaded.state).runs(limit)
    kept = {build.run_id for build in project.warehouse().builds()}
    current = project.warehouse().current()
    now = current.run_id if current else None
    if as_json:
        out.object(
            {"runs": [{**asdict(run), "kept": run.run_id in kept, "current": run.run_id == now} for run in found]}
        )
    places = {run_id: "published" if run_id == now else "kept" for run_id in kept}
    if not found:
        out.line("no runs yet; `sbdk dev` makes the first")
        return
    rows = [
        (run.run_id, run.status, _seconds(run), places.get(run.run_id), _message(run) or run.command) for run in found
    ]
    out.table("Runs, latest first (UTC)", ["run", "status", "seconds", "build", "command or error"], rows)


def _seconds(run: RunRecord) -> float | None:
    return None if run.seconds is None else round(run.seconds, 2)


def _message(run: RunRecord) -> str:
    """The first line: a run's whole error is in --json."""
    return str(run.error["message"]).partition("\n")[0] if run.error else ""
