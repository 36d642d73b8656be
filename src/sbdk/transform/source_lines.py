"""Lines of the user's files, for errors that name lines of compiled SQL or of the file that a Python model becomes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_MARK = re.compile(r"\n*^LINE (\d+): (.*?)(?:\n( *)(\^+))?\s*\Z", re.MULTILINE | re.DOTALL)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}")
_FRAME = re.compile(r'^  File "([^"]+)", line (\d+), in ', re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last):\n"


@dataclass(frozen=True)
class Located:
    """An error's message, and the line of the user's file if it is known."""

    message: str
    line: int | None = None


@dataclass(frozen=True)
class Mark:
    """What DuckDB prints below an error: `LINE 2: select nope` and the place in it. The line counts from 1."""

    line: int
    text: str
    column: int = 0
    width: int = 0

    @classmethod
    def of(cls, error: str) -> Mark | None:
        found = _MARK.search(error)
        if found is None:
            return None
        number, text, before, carets = found.groups()
        return cls(int(number), text, max(len(before or "") - len(f"LINE {number}: "), 0), len(carets or ""))

    def under(self, label: str) -> str:
        """The line with its label, and the place below it."""
        place = f"\n{' ' * (len(label) + self.column)}{'^' * self.width}" if self.width else ""
        return f"{label}{self.text}{place}"


def sql_error(message: str, compiled: str | None, source: str, *, exact: Mark | None = None) -> Located:
    """An error of a model or test whose file holds `source` and whose SQL is `compiled`.

    `exact`: what DuckDB prints for the compiled SQL alone. Without it the mark of the message is used, whose number is
    that of a statement around the compiled SQL.
    """
    mark = exact or Mark.of(message)
    if mark is None or compiled is None:
        return Located(message, _line_that_names(message, source))
    lines = compiled.splitlines()
    at = mark.line - 1 if exact else _where(mark, lines)
    found = None if at is None or at >= len(lines) else source_line(lines, at, source.splitlines())
    text = _MARK.sub("", message)
    if found is None:
        return Located(f"{text}\n\n{mark.under('in the compiled SQL: ')}")
    return Located(f"{text}\n\n{mark.under(f'LINE {found}: ')}", found)


def _line_that_names(message: str, source: str) -> int | None:
    """The only line of the file with the name that the error is about: `Referenced column "nope" not found`."""
    quoted = re.search(r'"([^"]+)"', message.partition("\n")[0])
    if quoted is None:
        return None
    word = re.compile(rf"(?<!\w){re.escape(quoted[1])}(?!\w)", re.IGNORECASE)
    lines = [at for at, line in enumerate(source.splitlines(), 1) if word.search(line)]
    return lines[0] if len(lines) == 1 else None


def _where(mark: Mark, lines: Sequence[str]) -> int | None:
    """The first line of the compiled SQL with the text of the mark, which DuckDB cuts to a part of a long line."""
    part = mark.text.removeprefix("...").removesuffix("...").strip()
    return next((at for at, line in enumerate(lines) if part and part in line), None)


def source_line(compiled: Sequence[str], at: int, source: Sequence[str]) -> int | None:
    """The line of the source, from 1, that line `at` of the compiled text comes from, from 0. None if it is unclear.

    A line without Jinja is the same in both. One with Jinja stands between its neighbours and has the same text around
    its braces.
    """
    left, right = [line.strip() for line in compiled], [line.strip() for line in source]
    same = [number for number, line in enumerate(right) if line == left[at]]
    if len(same) == 1:
        return same[0] + 1
    before, after = -1, len(right)
    for ours, theirs in _aligned(left, right):
        if ours == at:
            return theirs + 1
        if ours < at:
            before = theirs
        else:
            after = min(after, theirs)
    fitting = [number for number in range(before + 1, after) if _fits(left[at], right[number])]
    return fitting[0] + 1 if len(fitting) == 1 else None


def _aligned(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of equal lines in the same order in both; empty lines are too many to say anything."""
    ours = [at for at, line in enumerate(left) if line]
    theirs = [at for at, line in enumerate(right) if line]
    matcher = SequenceMatcher(None, [left[at] for at in ours], [right[at] for at in theirs], autojunk=False)
    blocks = matcher.get_matching_blocks()
    return [(ours[block.a + step], theirs[block.b + step]) for block in blocks for step in range(block.size)]


def _fits(line: str, template: str) -> bool:
    """Whether a line of Jinja can become the line. One of statements alone, `{% for … %}`, becomes an empty one."""
    if not _JINJA.search(template) or not _STATEMENT.sub("", template).strip():
        return False
    return re.fullmatch(".*".join(re.escape(part) for part in _JINJA.split(template)), line) is not None


def python_error(message: str, source: str) -> Located:
    """An error inside a Python model: the exception alone, and the last line of the model that was running."""
    _, found, trace = message.rpartition(_TRACEBACK)
    if not found:
        return Located(message)
    frames = list(_FRAME.finditer(trace))
    rest = trace[frames[-1].end() :] if frames else trace
    error = "\n".join(line for line in rest.splitlines()[1:] if line.strip() and not line.startswith("    ")).strip()
    skipped = len(source) - len(source.lstrip())  # dbt leaves out empty lines before the first
    first, length = source[:skipped].count("\n"), len(source.rstrip().splitlines())
    files = [frame[1] for frame in frames]
    model = next((file for file in files if re.search(r"[/\\]tmp[^/\\]*\.py$", file)), None)
    own = [int(frame[2]) + first for frame in frames if frame[1] == model]
    lines = [line for line in own if line <= length]
    return Located(error or message, lines[-1] if lines else None)
