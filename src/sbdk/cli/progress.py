"""Events of a run on the screen: live lines on a terminal, plain ones elsewhere, none for `--json`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sbdk.cli.output import Output
from sbdk.core.events import Emit, Event, silent
from sbdk.core.format import plural

_DONE = {"success": "✓", "failed": "✗", "skipped": "–"}


@contextmanager
def sink(out: Output) -> Iterator[Emit]:
    """The sink that fits where standard output leads."""
    if out.as_json:
        yield silent
    elif out.terminal:
        with _live() as emit:
            yield emit
    else:
        yield _plain(out)


def summary(event: Event) -> str:
    """One line for a stage that ended, or for a note."""
    if event.kind != "stage_finished":
        return event.text
    rows = f"  {plural(event.data['rows'], 'row')}" if event.data.get("rows") else ""
    text = f"  {event.text}" if event.text else ""
    return f"{_DONE[event.data['status']]} {event.stage:<10}{event.data['seconds']:6.2f} s{rows}{text}"


def _plain(out: Output) -> Emit:
    def emit(event: Event) -> None:
        if event.kind == "warning":
            out.warning(event.text)
        elif event.kind == "stage_finished" or (event.kind == "note" and event.text):
            out.line(summary(event))

    return emit


@contextmanager
def _live() -> Iterator[Emit]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    console = Console(file=sys.stdout, highlight=False)  # kept: what a user's file prints is led elsewhere meanwhile
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def emit(event: Event) -> None:
            if event.kind == "stage_started":
                tasks[event.stage] = progress.add_task(event.stage, total=None, count="")
            elif event.kind == "progress" and event.stage in tasks:
                _advance(progress, tasks[event.stage], event.data)
            elif event.kind in {"note", "warning"} and event.text:
                style = "yellow" if event.kind == "warning" else "dim"
                console.print(event.text, style=style, markup=False)
            elif event.kind == "stage_finished":
                if event.stage in tasks:
                    progress.remove_task(tasks.pop(event.stage))
                style = {"success": "green", "failed": "bold red"}.get(event.data["status"], "dim")
                console.print(summary(event), style=style, markup=False)

        yield emit


def _advance(progress: Any, task: Any, data: dict[str, Any]) -> None:
    """Rows or nodes done so far, of how many where that is known; some events only say what is being worked on."""
    done, total = data.get("done"), data.get("total")
    so_far = "" if done is None else f"{done:,}" + (f"/{total:,}" if total else "")
    words = (so_far, data.get("unit"), data.get("table") or data.get("node"))
    progress.update(task, completed=done, total=total, count=" ".join(str(word) for word in words if word))
