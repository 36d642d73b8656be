"""Draws lines and tables on a terminal, by rich: imported only where there is a terminal to draw on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def draw(text: str, style: str) -> None:
    Console(highlight=False, soft_wrap=True).print(Text(text, style=style))


def draw_labelled(label: str, text: str, style: str) -> None:
    """An error, a warning or a hint: the label stands out, the text stays readable."""
    console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
    console.print(Text.assemble((f"{label}:", style), " ", printable(text, keep="\n\t")))


def draw_table(title: str, columns: Sequence[str], rows: list[Sequence[Any]]) -> None:
    """Draw a table as wide as its content; cells are folded where the terminal is narrow. Numbers to the right."""
    cells = [[_rounded(value) for value in row] for row in rows]
    table = Table(
        title=title or None, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD
    )
    for index, column in enumerate(columns):
        values = [row[index] for row in rows]
        unbroken = index == 0 and len(columns) < 8  # the first column names the row
        table.add_column(
            Text(printable(column)), justify="right" if _numeric(values) else "left", overflow="fold", no_wrap=unbroken
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def _numeric(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def _rounded(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.2f}" if isinstance(value, float) else printable(str(value))


def printable(text: str, keep: str = "") -> str:
    """Control characters as escapes: data must not steer the terminal."""
    return "".join(char if char.isprintable() or char in keep else repr(char)[1:-1] for char in text)
