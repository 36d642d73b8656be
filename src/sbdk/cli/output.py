"""One way to speak: for people with Rich, for programs as one JSON object on standard output."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import Any

from sbdk.core.errors import SbdkError


class Output:
    """Where a command's words go: people's to standard output, warnings and errors to standard error.

    The one made last is `current()`: an error that nobody caught is told through it.
    """

    _current: Output | None = None

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self.verbose = verbose
        Output._current = self

    @property
    def terminal(self) -> bool:
        """True when a person watches: live progress and colour are welcome."""
        return sys.stdout.isatty() and not self.as_json and os.environ.get("TERM") != "dumb"

    def object(self, value: Any) -> None:
        """The one JSON value of this command."""
        sys.stdout.write(json.dumps(value, default=str, allow_nan=False, ensure_ascii=False) + "\n")

    def line(self, text: str = "", style: str | None = None) -> None:
        if self.as_json:
            return
        if not self.terminal or "NO_COLOR" in os.environ or style is None:
            print(text)
            return
        from rich.console import Console

        Console(highlight=False).print(text, style=style, markup=False)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table for people: drawn on a terminal, tab-separated elsewhere. Numbers stand to the right."""
        if self.as_json:
            return
        rows = list(rows)
        cells = [[_text(value) for value in row] for row in rows]
        if not self.terminal:
            print("\t".join(columns))
            for row in rows:
                print("\t".join(_plain(value) for value in row))
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(title=title or None, title_justify="left", header_style="bold")
        for index, column in enumerate(columns):
            numbers = all(_is_number(row[index]) for row in cells) and bool(cells)
            drawn.add_column(column, justify="right" if numbers else "left", overflow="fold")
        for row in cells:
            drawn.add_row(*(Text(cell) for cell in row))
        Console(highlight=False).print(drawn)

    def warning(self, text: str) -> None:
        print(f"warning: {text}", file=sys.stderr)

    def error(self, error: SbdkError) -> None:
        """What happened, where, what to do; the traceback only with --verbose."""
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        if self.verbose:
            traceback.print_exception(error, file=sys.stderr)

    def fail(self, error: SbdkError) -> int:
        """Tell the error in the form that was asked for; the exit code."""
        if self.as_json:
            self.object({"error": error.as_dict()})
        self.error(error)
        return error.exit_code


def current() -> Output:
    """The output of the command that runs."""
    return Output._current or Output(verbose="--verbose" in sys.argv)


def _plain(value: Any) -> str:
    return "" if value is None else str(value).replace("\t", " ").replace("\n", " ")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").lstrip("-").isdigit()
