"""Write docs/commands.md: every command with its options, as the program itself describes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from sbdk.cli.main import app

TARGET = Path(__file__).parent.parent / "docs" / "commands.md"
INTRODUCTION = """# Commands

`sbdk` and `python -m sbdk` are the same program. Exit codes: 0 success or up to date; 1 it ran and failed; 2 wrong
arguments, wrong configuration or no project, before anything was written; 130 Ctrl-C. With `--json`, standard output
holds one JSON object and nothing else, also on failure; warnings and errors go to standard error.

`sbdk --install-completion` teaches your shell to complete commands and options.
"""


def document() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    parts = [part for name, command in group.commands.items() for part in _commands(name, command)]
    return "\n".join([INTRODUCTION, *parts])


def _commands(name: str, command: Any) -> list[str]:
    """A command, or a group and below it its commands."""
    inner = getattr(command, "commands", {})
    return [_command(name, command), *(_command(f"{name} {each}", inner[each], "###") for each in inner)]


def _command(name: str, command: Any, level: str = "##") -> str:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option"]
    usage = " ".join(["sbdk", name, *map(_placeholder, arguments), *(["[OPTIONS]"] if options else [])])
    rows = [(_placeholder(param), param.help) for param in arguments]
    rows += [(", ".join(f"`{word}`" for word in param.opts), param.help) for param in options]
    table = ["| | |", "| --- | --- |", *(f"| {left} | {right} |" for left, right in rows)] if rows else []
    return "\n".join([f"{level} sbdk {name}", "", command.help, "", "```", usage, "```", "", *table, ""])


def _placeholder(param: Any) -> str:
    name = param.name.upper() + ("…" if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
