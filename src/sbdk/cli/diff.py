"""`sbdk diff`: the differences between two builds."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project

if TYPE_CHECKING:
    from sbdk.targets.changes import TableDiff


def add_to(app: typer.Typer) -> None:
    app.command("diff")(diff)


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
