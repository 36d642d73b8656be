"""The terminal of `sbdk start`: one line for each build, and errors in full."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.cli.output import Output
from sbdk.cli.progress import summary
from sbdk.core.events import FilesChanged, Noted, RunError, RunEvent, RunFinished, RunStarted, StageFinished, Warned
from sbdk.core.format import plural

if TYPE_CHECKING:
    from sbdk.project import Project

Part = tuple[str, str]
"""A text and its style."""

SHOWN = 3  # changed files that are named
_LINE = re.compile(r"line (\d+): ")


class Screen:
    """The sink of the watcher's events. Its output suits a terminal and a log file."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._changed: Sequence[str] = ()
        self._counted = Counter[str]()

    def greet(self, project: Project) -> None:
        config = project.loaded.config
        self._print(
            [("sbdk start", "bold"), (f"  {config.project} ({config.target})", ""), ("  Ctrl-C ends it", "dim")]
        )

    def print_line(self, text: str) -> None:
        self._print([(text, "")])

    def receive(self, event: RunEvent) -> None:
        """A Sink."""
        match event:
            case FilesChanged(files=files):
                self._changed = files
            case RunStarted():
                self._counted.clear()
            case RunFinished():
                self._finished(event)
            case Warned(text=text):
                self._out.warning(text)
            case Noted(text=text, stage=stage) if text and (self._out.verbose or not stage):
                self._print([(f"          {text}", "dim")])
            case StageFinished():
                self._stage_finished(event)

    def _stage_finished(self, event: StageFinished) -> None:
        self._counted["row"] += (event.rows or 0) if event.stage == "load" else 0
        self._counted["check"] += event.checks
        if self._out.verbose:
            self._print([(f"          {summary(event)}", "dim")])

    def _finished(self, run: RunFinished) -> None:
        cause, self._changed = _named(self._changed), ()
        when: list[Part] = [(time.strftime("%H:%M:%S  "), "dim"), (cause or "everything", "cyan")]
        if run.error:
            self._print([*when, (" ✗ ", "bold red"), (_failed_stage(run), "bold red")])
            self._show_error(run.error)
        elif run.status == "up_to_date":
            self._print([*when, (" – up to date", "dim")])
        elif run.status == "success":  # an interrupted run prints nothing: it is no failure
            took = f"  {run.seconds:.2f} s"
            self._print([*when, (" ✓ ", "bold green"), (self._done(run), ""), (took, "bold")])

    def _done(self, run: RunFinished) -> str:
        """What the run did, in a few words."""
        counted = {"row": self._counted["row"], "model": run.dbt.models_built, "test": run.dbt.tests_run}
        counted["check"] = self._counted["check"]
        return ", ".join(plural(number, what) for what, number in counted.items() if number) or "published"

    def _show_error(self, error: RunError) -> None:
        """File and line, in a form that terminals and editors can open; the message; the hint."""
        message, place = error.message, _short(error.file)
        if place and (line_number := _LINE.match(message)):
            place, message = f"{place}:{line_number.group(1)}", message[line_number.end() :]
        for text, style in ((place, "bold"), (message, "red"), (error.hint, "cyan")):
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


def _failed_stage(run: RunFinished) -> str:
    what = f"{run.failed_stage} failed" if run.failed_stage else "refused"
    return f"{what}; the last good build stays"


def _short(file: str | None) -> str:
    if not file:
        return ""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
