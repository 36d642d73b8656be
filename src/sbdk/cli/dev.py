"""`sbdk dev`: one whole run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Target, Vars, open_project
from sbdk.core.format import plural

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.run.options import RunOptions
    from sbdk.run.result import RunResult


def add_to(app: typer.Typer) -> None:
    app.command("dev")(dev)


def dev(
    pipelines_only: Annotated[bool, typer.Option("--pipelines-only", help="Load only; dbt does not run.")] = False,
    dbt_only: Annotated[bool, typer.Option("--dbt-only", help="Transform what is loaded already.")] = False,
    config_file: Annotated[Path | None, typer.Option("--config-file", help="Another sbdk_config.json.")] = None,
    target: Target = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build everything from nothing.")] = False,
    select: Annotated[str | None, typer.Option("--select", "-s", help="dbt selection: only these models.")] = None,
    advance: Annotated[str | None, typer.Option("--advance", help="Move the clock on, for example 1d.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Load again from this day (ISO date).")] = None,
    stop: Annotated[str | None, typer.Option("--to", help="… up to this day, exclusive.")] = None,
    dbt_vars: Vars = None,
    retry: Annotated[bool, typer.Option("--retry", help="Continue where the last run failed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would run and why; write nothing.")] = False,
    as_json: Json = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show notes and tracebacks.")] = False,
) -> None:
    """Generate, load, transform, check and publish: all or nothing."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.run.options import RunOptions, parse_days, parse_interval

    options = RunOptions(
        pipelines_only=pipelines_only,
        dbt_only=dbt_only,
        full_refresh=full_refresh,
        select=select,
        advance=parse_days(advance) if advance else 0,
        interval=parse_interval(start, stop),
        retry=retry,
    )
    project = open_project(out, config_file=config_file, target=target, vars=dbt_vars)
    if dry_run:
        _print_plan(out, project, options)
        return
    from sbdk.cli.progress import sink
    from sbdk.core.process import process_began

    with sink(out) as emit:
        result = project.run(options, emit=emit, command=["sbdk", *sys.argv[1:]], began=process_began())
    if as_json:
        out.object(result.as_dict())
    _print_result(out, result)
    if result.error:
        out.error(result.error)
        raise typer.Exit(1)  # not error.exit_code: the run took place, and failed


def _print_plan(out: Output, project: Project, options: RunOptions) -> None:
    from sbdk.run.preflight import check_plan, expected_size

    plan = project.plan(options)
    check_plan(project, plan)
    if out.as_json:
        actions = [{"part": action.part, "run": action.run, "reason": action.reason} for action in plan.actions]
        out.object({"clock": plan.clock.isoformat(), "up_to_date": plan.up_to_date, "actions": actions})
    rows = [(action.part, "run" if action.run else "skip", action.reason) for action in plan.actions]
    out.table("What would happen", ["part", "action", "why"], rows)
    if expected := expected_size(project, plan):
        out.line(f"it would make {expected}")
    out.line(f"clock {plan.clock:%Y-%m-%d}; nothing was written")


def _print_result(out: Output, result: RunResult) -> None:
    if result.status == "failed":
        return
    built = "up to date: nothing changed since the last run" if result.status == "up_to_date" else _built(out, result)
    line = f"{built}; {result.seconds:.1f} s → {_relative(result.published)}  (run {result.run_id})"
    out.line(line, style="bold green")
    if result.stale:
        names = ", ".join(result.stale[:5]) + (", …" if len(result.stale) > 5 else "")
        out.warning(f"{plural(len(result.stale), 'model')} stale: {names}; `sbdk dev` builds what is missing")


def _built(out: Output, result: RunResult) -> str:
    """Print the published tables; returns the models and tests as one line."""
    out.table("Published", ["table", "rows"], [(table.name, table.rows) for table in result.tables])
    dbt = result.dbt
    warned = f", {dbt.tests_warned} warned" if dbt.tests_warned else ""
    return f"{plural(dbt.models, 'model')}, {plural(dbt.tests_passed, 'test')} passed{warned}"


def _relative(path: str | None) -> str:
    if path is None:
        return "nothing"
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
