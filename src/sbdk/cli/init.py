"""`sbdk init`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sbdk.cli.output import Output, is_terminal
from sbdk.cli.project import Json, Verbose, here
from sbdk.core.errors import UsageError
from sbdk.templates import SHIPPED

_TEMPLATES = f"{SHIPPED[0]} (default), {', '.join(SHIPPED[1:-1])} or {SHIPPED[-1]}."


def add_to(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    name: Annotated[str, typer.Argument(help="Folder and project name: a letter a-z, then letters, digits, - or _.")],
    template: Annotated[str | None, typer.Option("--template", "-t", help=_TEMPLATES)] = None,
    from_dbt: Annotated[
        Path | None, typer.Option("--from-dbt", help="Take over the dbt project in this folder.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the defaults, ask nothing.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Create a whole, runnable project folder. Nothing is written outside it."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.from_dbt import check_dbt_project
    from sbdk.app.init import check_name, scaffold, warm_up

    check_name(name)
    settings: dict[str, Any] = {}
    changes: list[str] = []
    if from_dbt is not None:
        template = _template_for_dbt(template)
        from_dbt = check_dbt_project(from_dbt)
    elif is_terminal(sys.stdin) and out.terminal and not yes:
        template, settings = _ask(template)
    chosen = template or SHIPPED[0]
    today = datetime.now(UTC).date()
    folder = scaffold(here(), name, chosen, today=today, settings=settings, from_dbt=from_dbt, changes=changes)
    warm_up(folder)
    if as_json:
        out.object({"project": name, "path": str(folder), "template": chosen, "changes": changes})
    out.line(f"Created {name}/ from {from_dbt or f'the template {chosen}'}.", style="bold green")
    for change in changes:
        out.line(f"  {change}")
    out.line(f"\n  cd {name}\n  sbdk dev      # make the data, load it, transform it, test it, publish it\n")


def _template_for_dbt(template: str | None) -> str:
    """The blank template: a dbt project brings its own models."""
    if template not in (None, "blank"):
        raise UsageError("--from-dbt brings its own models: it goes with the template blank only")
    return "blank"


def _ask(template: str | None) -> tuple[str, dict[str, Any]]:
    from rich.prompt import IntPrompt, Prompt

    from sbdk.app.init import templates
    from sbdk.spec.data_sets import entries

    chosen = template or str(Prompt.ask("Template", choices=templates(), default=SHIPPED[0]))
    entry = entries().get(chosen)
    if entry is None or not entry.is_default or not (entry.volumes and entry.volume_keys):
        return chosen, {}
    defaults = entry.volumes(entry.volume_keys(), 1.0)
    volume = {name: IntPrompt.ask(name.capitalize(), default=rows) for name, rows in defaults.items()}
    return chosen, {"seed": IntPrompt.ask("Seed", default=42), "data_volume": volume}
