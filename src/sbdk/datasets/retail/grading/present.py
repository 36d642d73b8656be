"""How a retail scorecard is presented."""

from __future__ import annotations

from sbdk.datasets.retail.grading.results import Balance, DefectScore, RetailScorecard, TableScore, first_wrong_words
from sbdk.score.view import Bar, BarsView, Cell, Column, Share, TableView, View

_DEFECTS = (
    Column("table", shown="terminal"),
    Column("defect", "Defect", kind="name", shown="terminal"),
    Column("defect", "Defect", kind="name", shown="page"),
    Column("planted", "Planted"),
    Column("found", "Found"),
    Column("precision", "Precision"),
    Column("recall", "Recall"),
    Column("F1"),
    Column("repaired", "Repaired"),
)
_TABLES = (
    Column("Table", kind="name"),
    Column("Expected"),
    Column("Wrong"),
    Column("Right"),
    Column("The first wrong one", kind="text"),
)


def views(card: RetailScorecard) -> list[View]:
    """Defects by table, histories and windows, and where the records are."""
    histories = [*card.scd2, *([card.windows] if card.windows else [])]
    return [
        TableView("Planted defects", _DEFECTS, [_defect(one) for one in card.defects], grouped=True),
        TableView("Histories and windows", _TABLES, [_history(one) for one in histories], shown="page"),
        BarsView("Where the records are", [_bar(one) for one in card.conservation]),
    ]


def _defect(one: DefectScore) -> list[Cell]:
    repaired = None if one.repair_accuracy is None else Share(one.repair_accuracy, meter=True)
    shares = [Share(one.precision), Share(one.recall), Share(one.f1, meter=True)]
    return [one.table, one.defect, one.defect.replace("_", " "), one.planted, one.found, *shares, repaired]


def _history(one: TableScore) -> list[Cell]:
    first = first_wrong_words(one).removeprefix("the first: ") if one.wrong else ""
    return [one.table.replace("_", " "), one.expected, one.wrong, Share(one.right, meter=True), first]


def _bar(one: Balance) -> Bar:
    return Bar(one.table, one.received, one.found, one.lost, one.extra)
