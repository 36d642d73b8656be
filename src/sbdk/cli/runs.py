"""`sbdk runs`, `sbdk rollback`, `sbdk diff`: what happened, and back to what was."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project

if TYPE_CHECKING:
    from sbdk.state.history import RunRecord
    from sbdk.targets.changes import TableDiff


def add_to(app: typer.Typer) -> None:
    app.command("runs")(runs)
    app.command("rollback")(rollback)
    app.command("diff")(diff)


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


def rollback(
    run: Annotated[
        str | None, typer.Argument(help="A kept run (`sbdk runs`); default: the one before the present.")
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


def diff(
    run_a: Annotated[str, typer.Argument(help="A kept run (`sbdk runs`).")],
    run_b: Annotated[str, typer.Argument(help="Another one.")],
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """What changed between two builds: tables, columns, rows."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.builds import diff_builds

    found = diff_builds(open_project(out), run_a, run_b)
    if as_json:
        out.object(asdict(found))
    changed = [table for table in found.tables if table.status != "same"]
    columns = ["table", "what", "rows before", "rows after", "added", "removed", "changed", "columns"]
    if changed:
        out.table(f"{run_a} → {run_b}", columns, map(_line, changed))
    else:
        out.line("no difference", style="bold green")


def _line(table: TableDiff) -> tuple[Any, ...]:
    rows = table.rows
    counts = (rows.added, rows.removed, rows.changed) if rows else (None, None, None)
    parts = [f"+{name}" for name in table.columns_added] + [f"-{name}" for name in table.columns_removed]
    parts += [f"{name}: {old} → {new}" for name, (old, new) in table.retyped.items()]
    parts += [f"{name} ({count:,})" for name, count in (rows.columns if rows else {}).items()]
    return (table.name, table.status, table.rows_before, table.rows_after, *counts, ", ".join(parts))
