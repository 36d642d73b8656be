"""The sinks that print the events of a run: live lines on a terminal, plain ones elsewhere, none for `--json`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sbdk.cli.output import Output
from sbdk.core.events import (
    Emit,
    NodeFinished,
    NodeStarted,
    Noted,
    Progress,
    RunEvent,
    StageFinished,
    StageStarted,
    Warned,
    silent,
)
from sbdk.core.format import plural

_DONE = {"success": "✓", "failed": "✗", "skipped": "–"}
_STYLES = {"success": "green", "failed": "bold red", "skipped": "dim", "warning": "yellow", "note": "dim"}


@contextmanager
def sink(out: Output) -> Iterator[Emit]:
    """The sink for this output: live, plain or silent."""
    if out.as_json:
        yield silent
    elif out.terminal:
        with _live() as emit:
            yield emit
    else:
        yield _plain(out)


def warnings_only(out: Output) -> Emit:
    """The sink of a command without progress: it prints warnings, for `--json` too."""

    def emit(event: RunEvent) -> None:
        if isinstance(event, Warned):
            out.warning(event.text)

    return emit


def summary(event: StageFinished) -> str:
    """One line for a stage that ended."""
    rows = f"  {plural(event.rows, 'row')}" if event.rows else ""
    reason = f"  {event.reason}" if event.reason else ""
    return f"{_DONE[event.status]} {event.stage:<10}{event.seconds:6.2f} s{rows}{reason}"


def _plain(out: Output) -> Emit:
    def emit(event: RunEvent) -> None:
        match event:
            case Warned(text=text):
                out.warning(text)
            case Noted(text=text) if text:
                out.line(text)
            case StageFinished():
                out.line(summary(event))

    return emit


@contextmanager
def _live() -> Iterator[Emit]:
    from rich import progress as bars
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)  # bound now: while sources run, sys.stdout is redirected
    columns = (
        bars.SpinnerColumn(),
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=24),
        bars.TextColumn("{task.fields[count]}"),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=console, transient=True) as display:
        tasks: dict[str, bars.TaskID] = {}

        def emit(event: RunEvent) -> None:
            match event:
                case StageStarted(stage=stage):
                    tasks[stage] = display.add_task(stage, total=None, count="")
                case Progress() | NodeStarted() | NodeFinished() if event.stage in tasks:
                    display.update(tasks[event.stage], **_advance(event))
                case Warned(text=text) | Noted(text=text) if text:
                    console.print(text, style=_STYLES[event.kind], markup=False)
                case StageFinished(stage=stage):
                    if stage in tasks:
                        display.remove_task(tasks.pop(stage))
                    console.print(summary(event), style=_STYLES[event.status], markup=False)

        yield emit


def _advance(event: Progress | NodeStarted | NodeFinished) -> dict[str, Any]:
    """Rows or nodes done, of the total where that is known. The start of a node changes only the total."""
    if isinstance(event, Progress):
        done, total, labels = event.done, event.total, (event.unit, event.item)
    else:
        done, total, labels = (event.done if isinstance(event, NodeFinished) else None), event.total, ("nodes", "")
    so_far = "" if done is None else f"{done:,}" + (f"/{total:,}" if total else "")
    return {"completed": done, "total": total, "count": " ".join(word for word in (so_far, *labels) if word)}
