"""`sbdk runs`, `sbdk rollback` and `sbdk diff`: the history of runs, and the builds that were kept of them."""

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


def diff(
    run_a: Annotated[str | None, typer.Argument(help="A kept run (`sbdk runs`); the last but one if absent.")] = None,
    run_b: Annotated[str | None, typer.Argument(help="Another kept run; the last one if absent.")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """What changed between two builds: tables, columns, rows. Without arguments: between the last two."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.builds import diff_builds, latest_runs

    project = open_project(out)
    if run_a is None or run_b is None:
        before, last = latest_runs(project)
        run_a, run_b = run_a or before, run_b or last
    diff = diff_builds(project, run_a, run_b)
    if as_json:
        out.object(asdict(diff))
    changed = [table for table in diff.tables if table.status != "same"]
    columns = ["table", "what", "rows before", "rows after", "added", "removed", "changed", "columns"]
    if changed:
        out.table(f"{run_a} → {run_b}", columns, map(_table_row, changed))
    else:
        out.line("no difference", style="bold green")


def _table_row(table: TableDiff) -> tuple[Any, ...]:
    rows = table.rows
    counts = (rows.added, rows.removed, rows.changed) if rows else (None, None, None)
    parts = [f"+{name}" for name in table.columns_added] + [f"-{name}" for name in table.columns_removed]
    parts += [f"{name}: {old} → {new}" for name, (old, new) in table.retyped.items()]
    parts += [f"{name} ({count:,})" for name, count in (rows.columns if rows else {}).items()]
    return (table.name, table.status, table.rows_before, table.rows_after, *counts, ", ".join(parts))
