"""`sbdk verify`: compares a copy of generated files with their manifest, cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose


def add_to(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    manifest: Annotated[Path, typer.Argument(help="manifest.json that `sbdk generate` wrote.")],
    path: Annotated[Path | None, typer.Argument(help="The copy: a folder, a file, or a .duckdb file.")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Compare a copy with its manifest, cell by cell: one changed cell or one doubled row is found."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.generate import verify_files

    differences = verify_files(manifest, path)
    if as_json:
        out.object({"same": not differences, "differences": [difference.as_dict() for difference in differences]})
    for difference in differences:
        out.line(str(difference), style="red")
    out.line(
        "different" if differences else "the same, cell by cell", style="bold red" if differences else "bold green"
    )
    if differences:
        raise typer.Exit(1)
