"""Options that several commands have, said once."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show tracebacks.")]
Target = Annotated[str | None, typer.Option("--target", help="dev, staging, prod or your own.")]
Raw = Annotated[bool, typer.Option("--raw", help="CSV: leave cells that begin with = + - @ as they are.")]
