"""The one place that prints: text for people, JSON for programs, tables."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sbdk.core.errors import SbdkError


class Output:
    """Where a command's words go: people's to standard output, warnings and errors to standard error.

    The one made last is `current()`: an error that nobody caught is told through it.
    """

    _current: Output | None = None

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self.variables: Mapping[str, str] = {}
        """Of the project's `.env`: values of those with a secret's name are shown as `***`."""
        Output._current = self

    @property
    def terminal(self) -> bool:
        """True when a person watches: live progress and colour are welcome."""
        return not self.as_json and is_terminal(sys.stdout)

    def object(self, value: Any) -> None:
        """The one JSON value of this command."""
        speak_utf8()
        sys.stdout.write(json.dumps(value, default=str, allow_nan=False, ensure_ascii=False) + "\n")

    def line(self, text: str = "", style: str | None = None) -> None:
        if self.as_json:
            return
        if not self.terminal or style is None:
            _say(text)
            return

        draw(text, style)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, exact: bool = False) -> None:
        """A table for people: drawn on a terminal, tab-separated elsewhere. Numbers stand to the right.

        Numbers are grouped and rounded for the eye on a terminal, unless `exact`.
        """
        if self.as_json:
            return
        if self.terminal:
            draw_table(title, columns, list(rows), exact=exact)
            return
        _say("\t".join(columns))
        for row in rows:
            _say("\t".join(_plain(value) for value in row))

    def warning(self, text: str) -> None:
        _complain("warning", text, "yellow")

    def error(self, error: SbdkError) -> None:
        """What happened, where, what to do; the traceback only with --verbose."""
        _complain("error", str(error), "bold red")
        if error.hint:
            _complain("  hint", error.hint, "cyan")
        if self.verbose:
            from sbdk.core.redact import without_secrets

            sys.stderr.write(without_secrets("".join(traceback.format_exception(error)), self.variables))

    def fail(self, error: SbdkError) -> int:
        """Tell the error in the form that was asked for; the exit code."""
        if self.as_json:
            from sbdk.core.redact import without_secrets

            self.object({"error": without_secrets(error.as_dict(), self.variables)})
        self.error(error)
        return error.exit_code


def current() -> Output:
    """The output of the command that runs; of one that never began, as far as its words tell."""
    return Output._current or Output(as_json=_asked_for_json(sys.argv[1:]), verbose="--verbose" in sys.argv)


def is_terminal(stream: Any) -> bool:
    """Whether a person looks at this stream through something that can draw."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def speak_plainly() -> None:
    """A character that the locale lacks is written as an escape, and ends nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def speak_utf8() -> None:
    """What programs read is UTF-8, whatever the locale says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _asked_for_json(words: Sequence[str]) -> bool:
    return "--json" in words or "--format=json" in words or "--format json" in " ".join(words)


def _say(text: str) -> None:
    """At once, for a run may be long. A reader that left (`| head -1`) does not stop the work."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _complain(what: str, text: str, style: str) -> None:
    from sbdk.core.redact import without_secrets

    text = without_secrets(text, Output._current.variables if Output._current else {})
    if is_terminal(sys.stderr) and "NO_COLOR" not in os.environ:
        draw_labelled(what, text, style)
    else:
        print(f"{what}: {text}", file=sys.stderr)


def _plain(value: Any) -> str:
    return "" if value is None else str(value).replace("\t", " ").replace("\r", " ").replace("\n", " ")


def draw(text: str, style: str) -> None:
    Console(highlight=False, soft_wrap=True).print(Text(text, style=style))


def draw_labelled(label: str, text: str, style: str) -> None:
    """An error, a warning or a hint: the label stands out, the text stays readable."""
    console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
    console.print(Text.assemble((f"{label}:", style), " ", _safe(text, keep="\n\t")))


def draw_table(title: str, columns: Sequence[str], rows: list[Sequence[Any]], *, exact: bool = False) -> None:
    """A table as wide as it needs, cells folded where the terminal is narrow. Numbers to the right.

    `exact`: numbers as they are, not grouped and rounded for the eye.
    """
    show = _exactly if exact else _text
    cells = [[show(value) for value in row] for row in rows]
    drawn = Table(
        title=title or None, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD
    )
    for index, column in enumerate(columns):
        values = [row[index] for row in rows]
        whole = index == 0 and len(columns) < 8  # the first column names the row: it is not broken
        drawn.add_column(
            Text(_safe(column)), justify="right" if _numeric(values) else "left", overflow="fold", no_wrap=whole
        )
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(drawn)


def _numeric(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.2f}" if isinstance(value, float) else _safe(str(value))


def _exactly(value: Any) -> str:
    return "" if value is None else _safe(str(value))


def _safe(text: str, keep: str = "") -> str:
    """Data may hold control characters; a terminal must not obey them."""
    return "".join(char if char.isprintable() or char in keep else repr(char)[1:-1] for char in text)
