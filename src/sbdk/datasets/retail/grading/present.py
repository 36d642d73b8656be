"""The parts of the HTML report that only the retail streams have."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from sbdk.score.render.markup import metered, toned
from sbdk.datasets.retail.grading.findings import first
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore

if TYPE_CHECKING:
    from sbdk.datasets.retail.grading.scorecard import Scorecard


def sections(card: Scorecard) -> list[tuple[str, str]]:
    return [
        ("Planted defects", _defects(card.defects)),
        ("Histories and windows", _histories([*card.scd2, *([card.windows] if card.windows else [])])),
        ("Where the records are", _laws(card.conservation)),
    ]


def _defects(scores: list[DefectScore]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("Planted", "Found", "Precision", "Recall", "F1", "Repaired"))
    rows = []
    for table, group in groupby(scores, key=lambda one: one.table):
        rows.append(f'<tr class="group"><td colspan="7">{escape(table)}</td></tr>')
        rows += [_defect(one) for one in group]
    return f"<table><thead><tr><th>Defect</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _defect(one: DefectScore) -> str:
    repaired = "" if one.repair_accuracy is None else metered(one.repair_accuracy)
    shares = [toned(one.precision), toned(one.recall), metered(one.f1), repaired]
    cells = [f"{one.planted:,}", f"{one.found:,}", *shares]
    name = escape(one.defect.replace("_", " "))
    return f'<tr><td class="name">{name}</td>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _histories(scores: Iterable[TableScore]) -> str:
    head = '<th>Table</th><th>Expected</th><th>Wrong</th><th>Right</th><th class="left">The first wrong one</th>'
    rows = "".join(_history(one) for one in scores)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _history(one: TableScore) -> str:
    name = escape(one.table.replace("_", " "))
    figures = f"<td>{one.expected:,}</td><td>{one.wrong:,}</td><td>{metered(one.right)}</td>"
    said = escape(first(one).removeprefix("the first: ")) if one.wrong else ""
    return f'<tr><td class="name">{name}</td>{figures}<td class="wide soft">{said}</td></tr>'


def _laws(balances: Iterable[Balance]) -> str:
    return "".join(_law(one) for one in balances)


def _law(one: Balance) -> str:
    places = {**one.found, "lost": one.lost}
    shares = "".join(
        f'<i class="{name}" style="width:{100 * rows / max(one.received, 1):.3f}%" title="{name}: {rows:,}"></i>'
        for name, rows in places.items()
        if rows
    )
    holds = '<span class="good">received = the sum</span>' if one.holds else f'<span class="poor">{_broken(one)}</span>'
    key = "".join(f'<i class="{name}"></i>{name} {rows:,}' for name, rows in places.items() if rows)
    return (
        f'<div class="law"><p><b>{escape(one.table)}</b><span>{one.received:,} received · {holds}</span></p>'
        f'<div class="bar">{shares}</div><p class="key"><span>{key}</span></p></div>'
    )


def _broken(one: Balance) -> str:
    said = [f"{rows:,} {what}" for rows, what in ((one.lost, "lost"), (one.extra, "too many")) if rows]
    return ", ".join(said)
