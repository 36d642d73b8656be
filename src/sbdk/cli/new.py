"""`sbdk init`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from sbdk.cli.choices import Json, Verbose
from sbdk.cli.output import Output, is_terminal
from sbdk.cli.place import here


def add_to(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    name: Annotated[str, typer.Argument(help="Folder and project name: a letter a-z, then letters, digits, - or _.")],
    template: Annotated[
        str | None, typer.Option("--template", "-t", help="saas (default), retail, bookstore or blank.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the defaults, ask nothing.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Create a whole, runnable project folder. Nothing is written outside it."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.pipeline.scaffold import check_name, scaffold, warm_up

    check_name(name)
    settings: dict[str, Any] = {}
    if is_terminal(sys.stdin) and out.terminal and not yes:
        template, settings = _guide(template)
    chosen = template or "saas"
    target = scaffold(here(), name, chosen, today=datetime.now(UTC).date(), settings=settings)
    warm_up(target)
    if as_json:
        out.object({"project": name, "path": str(target), "template": chosen})
    out.line(f"Created {name}/ from the template {chosen}.", style="bold green")
    out.line(f"\n  cd {name}\n  sbdk dev      # make the data, load it, transform it, test it, publish it\n")


def _guide(template: str | None) -> tuple[str, dict[str, Any]]:
    from rich.prompt import IntPrompt, Prompt

    from sbdk.pipeline.scaffold import templates

    chosen = template or str(Prompt.ask("Template", choices=templates(), default="saas"))
    if chosen != "saas":
        return chosen, {}
    volume = {
        "users": IntPrompt.ask("Users", default=10_000),
        "events": IntPrompt.ask("Events", default=50_000),
        "orders": IntPrompt.ask("Orders", default=20_000),
    }
    return chosen, {"seed": IntPrompt.ask("Seed", default=42), "data_volume": volume}
