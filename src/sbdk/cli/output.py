"""Prints: text and tables for people, JSON for programs, warnings and errors. No other room writes to the terminal."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO

from sbdk.core.errors import SbdkError


class Output:
    """Where a command prints: results to standard output, warnings and errors to standard error.

    The latest one is `current()`, which reports an error that no command caught.
    """

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self.variables: Mapping[str, str] = {}
        """Of the project's `.env`: values of those with a secret's name are shown as `***`."""
        _CURRENT.set(self)

    @property
    def terminal(self) -> bool:
        """Whether standard output is a terminal and its form is not JSON: then with live progress and colour."""
        return not self.as_json and is_terminal(sys.stdout)

    def object(self, value: Any) -> None:
        """Print the only JSON value of this command."""
        use_utf8()
        sys.stdout.write(json.dumps(value, default=str, allow_nan=False, ensure_ascii=False) + "\n")

    def line(self, text: str = "", style: str | None = None) -> None:
        if self.as_json:
            return
        if not self.terminal or style is None:
            _print_now(text)
            return
        from sbdk.cli.rich_output import draw

        draw(text, style)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table for people: drawn on a terminal, tab-separated elsewhere.

        On a terminal numbers are aligned to the right, grouped and rounded.
        """
        if self.as_json:
            return
        if self.terminal:
            from sbdk.cli.rich_output import draw_table

            draw_table(title, columns, list(rows))
            return
        _print_now("\t".join(columns))
        for row in rows:
            _print_now("\t".join(_plain(value) for value in row))

    def warning(self, text: str) -> None:
        self._print_labelled("warning", text, "yellow")

    def error(self, error: SbdkError) -> None:
        """Print message, file and hint; with --verbose the traceback as well."""
        self._print_labelled("error", str(error), "bold red")
        if error.hint:
            self._print_labelled("  hint", error.hint, "cyan")
        if self.verbose:
            from sbdk.core.redact import without_secrets

            sys.stderr.write(without_secrets("".join(traceback.format_exception(error)), self.variables))

    def fail(self, error: SbdkError) -> int:
        """Print the error, as JSON too where that is the form; returns the exit code."""
        if self.as_json:
            from sbdk.core.redact import without_secrets

            with suppress(BrokenPipeError):
                self.object({"error": without_secrets(error.as_dict(), self.variables)})
        self.error(error)
        return error.exit_code

    def _print_labelled(self, label: str, text: str, style: str) -> None:
        from sbdk.core.redact import without_secrets

        text = without_secrets(text, self.variables)
        if is_terminal(sys.stderr) and "NO_COLOR" not in os.environ:
            from sbdk.cli.rich_output import draw_labelled

            draw_labelled(label, text, style)
        else:
            print(f"{label}: {text}", file=sys.stderr)


_CURRENT: ContextVar[Output | None] = ContextVar("sbdk_output", default=None)


def current() -> Output:
    """The output of the command that runs; before a command has made one, as the options in `sys.argv` say."""
    return _CURRENT.get() or Output(as_json=_wants_json(sys.argv[1:]), verbose="--verbose" in sys.argv)


def is_terminal(stream: TextIO) -> bool:
    """Whether the stream is a terminal that can draw."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def escape_unencodable() -> None:
    """Write a character that the locale's encoding lacks as an escape, where Python would raise UnicodeEncodeError."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def use_utf8() -> None:
    """Write standard output in UTF-8, whatever the locale says: programs read it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--json" in arguments or "--format=json" in arguments or "--format json" in " ".join(arguments)


def _print_now(text: str) -> None:
    """Without a buffer, because a run may be long. A closed pipe (`| head -1`) does not stop the command."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _plain(value: Any) -> str:
    return "" if value is None else str(value).replace("\t", " ").replace("\r", " ").replace("\n", " ")
