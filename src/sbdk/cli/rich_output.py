"""Draws on a terminal, by rich: lines, tables, and the result of a query. Imported only where there is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich import box
from rich.cells import cell_len
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


NARROWEST = 20
"""Cells: a column whose content is wider gets at least this, and folds."""
_NUMBERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "BIGNUM", "FLOAT", "DOUBLE", "DECIMAL",
}  # fmt: skip
_GAP = "…"

Row = Sequence[str | None]


@dataclass(frozen=True)
class Layout:
    """The columns that are drawn, by position, and their widths in cells. None stands for those left out."""

    columns: list[int | None]
    widths: list[int]


def draw_result(names: Sequence[str], types: Sequence[str], rows: Sequence[Row]) -> int:
    """Draw the rows, and return how many columns were drawn. Numbers, by DuckDB's type, are aligned to the right."""
    console = Console(highlight=False)
    head = [printable(name) for name in names]
    cells = [["" if cell is None else printable(cell) for cell in row] for row in rows]
    natural = [max(cell_len(text) for text in (name, *column)) for name, *column in zip(head, *cells, strict=True)]
    layout = fit(natural, console.width)
    table = Table(header_style="bold", box=box.SIMPLE_HEAD)
    for at, width in zip(layout.columns, layout.widths, strict=True):
        right = at is not None and types[at].partition("(")[0] in _NUMBERS
        title = Text(_GAP if at is None else head[at])
        table.add_column(title, justify="right" if right else "left", overflow="fold", width=width)
    for row in cells:
        table.add_row(*(Text(_GAP if at is None else row[at]) for at in layout.columns))
    console.print(table)
    return sum(at is not None for at in layout.columns)


def fit(natural: Sequence[int], width: int) -> Layout:
    """The layout of columns whose widest cells are `natural` in a terminal of `width` cells.

    First and last columns stay, the first at any width. What is left over goes to the columns that fold.
    """
    least = [min(cells, NARROWEST) for cells in natural]
    shown: list[int | None] = list(range(len(natural)))
    while len(shown) > 2 and _needed(shown, least) > width:
        inner = [at for at in shown if at is not None]
        inner.pop(len(inner) // 2)
        shown = [*inner[: (len(inner) + 1) // 2], None, *inner[(len(inner) + 1) // 2 :]]
    if len(shown) == 2 and _needed(shown, least) > width and None not in shown:
        return Layout([0, 1], [max(1, (width - 7) // 2)] * 2)
    widths = [1 if at is None else least[at] for at in shown]
    spare = width - _needed(shown, least)
    for number, at in enumerate(shown):
        more = 0 if at is None else min(natural[at] - widths[number], max(spare, 0))
        widths[number] += more
        spare -= more
    return Layout(shown, widths)


def _needed(shown: Sequence[int | None], least: Sequence[int]) -> int:
    """Cells of a table: its columns, a space on both sides of each, and the lines between and around them."""
    return sum(1 if at is None else least[at] for at in shown) + 3 * len(shown) + 1
