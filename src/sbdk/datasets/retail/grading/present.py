"""How a retail scorecard is presented."""

from __future__ import annotations

from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, first_wrong_words
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
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
        TableView("Planted defects", _DEFECTS, [_defect(score) for score in card.defects], grouped=True),
        TableView("Histories and windows", _TABLES, [_history(score) for score in histories], shown="page"),
        BarsView("Where the records are", [_bar(score) for score in card.conservation]),
    ]


def _defect(score: DefectScore) -> list[Cell]:
    repaired = None if score.repair_accuracy is None else Share(score.repair_accuracy, meter=True)
    shares = [Share(score.precision), Share(score.recall), Share(score.f1, meter=True)]
    return [score.table, score.defect, score.defect.replace("_", " "), score.planted, score.found, *shares, repaired]


def _history(score: TableScore) -> list[Cell]:
    first = first_wrong_words(score).removeprefix("the first: ") if score.wrong else ""
    return [score.table.replace("_", " "), score.expected, score.wrong, Share(score.right, meter=True), first]


def _bar(score: Balance) -> Bar:
    return Bar(score.table, score.received, score.found, score.lost, score.extra)
