"""The terminal of `sbdk start`: one line for each build, and whatever is wrong in full."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.cli.counting import count
from sbdk.cli.output import Output
from sbdk.cli.progress import summary
from sbdk.core.events import Event

if TYPE_CHECKING:
    from sbdk.project import Project

Part = tuple[str, str]
"""A text and its style."""

SHOWN = 3  # changed files that are named
_LINE = re.compile(r"line (\d+): ")


class Screen:
    """Hears the events of a watch. What it prints fits a terminal and a log file."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._changed: list[str] = []
        self._counted = Counter[str]()

    def greet(self, project: Project) -> None:
        config = project.loaded.config
        self._print(
            [("sbdk start", "bold"), (f"  {config.project} ({config.target})", ""), ("  Ctrl-C ends it", "dim")]
        )

    def say(self, text: str) -> None:
        self._print([(text, "")])

    def hear(self, event: Event) -> None:
        """An Emit."""
        if event.kind == "changed":
            self._changed = list(event.data["files"])
        elif event.kind == "run_started":
            self._counted.clear()
        elif event.kind == "run_finished":
            self._finished(event.data)
        elif event.kind == "warning":
            self._out.warning(event.text)
        elif event.kind == "note" and event.text and (self._out.verbose or not event.stage):
            self._print([(f"          {event.text}", "dim")])
        elif event.kind == "stage_finished":
            self._count(event)
            if self._out.verbose:
                self._print([(f"          {summary(event)}", "dim")])

    def _count(self, event: Event) -> None:
        self._counted["row"] += (event.data.get("rows") or 0) if event.stage == "load" else 0
        self._counted["check"] += event.data.get("checks") or 0

    def _finished(self, result: dict[str, Any]) -> None:
        about, self._changed = _named(self._changed), []
        when: list[Part] = [(time.strftime("%H:%M:%S  "), "dim"), (about or "everything", "cyan")]
        if result["status"] == "failed" and not result["error"]:
            return  # nothing went wrong: somebody ended it, and who asked for that says so
        if result["status"] == "failed":
            self._print([*when, (" ✗ ", "bold red"), (_failed_stage(result), "bold red")])
            self._tell(result["error"] or {})
            return
        if result["status"] == "up_to_date":
            self._print([*when, (" – up to date", "dim")])
            return
        took = f"  {result['seconds']:.2f} s"
        self._print([*when, (" ✓ ", "bold green"), (self._done(result["dbt"]), ""), (took, "bold")])

    def _done(self, dbt: dict[str, int]) -> str:
        """What the run did, in a few words."""
        counted = {"row": self._counted["row"], "model": dbt["models_built"], "test": dbt["tests_run"]}
        counted["check"] = self._counted["check"]
        return ", ".join(count(number, what) for what, number in counted.items() if number) or "published"

    def _tell(self, error: dict[str, Any]) -> None:
        """Where, so that a terminal or an editor can follow it; what; and what to do."""
        message, place = str(error.get("message", "")), _short(error.get("file"))
        if place and (found := _LINE.match(message)):
            place, message = f"{place}:{found.group(1)}", message[found.end() :]
        for text, style in ((place, "bold"), (message, "red"), (error.get("hint"), "cyan")):
            for line in (text or "").splitlines():
                self._print([(f"          {line}", style)])

    def _print(self, parts: Sequence[Part]) -> None:
        if self._out.terminal and "NO_COLOR" not in os.environ:
            from rich.console import Console
            from rich.text import Text

            Console(file=sys.stdout, highlight=False, soft_wrap=True).print(Text.assemble(*parts))
        else:
            self._out.line("".join(text for text, _ in parts))


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - SHOWN:,} more" if len(files) > SHOWN else ""
    return ", ".join(files[:SHOWN]) + more


def _failed_stage(result: dict[str, Any]) -> str:
    failed = [stage["name"] for stage in result["stages"] if stage["status"] == "failed"]
    return f"{failed[0]} failed; the last good build stays" if failed else "refused; the last good build stays"


def _short(file: str | None) -> str:
    if not file:
        return ""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
