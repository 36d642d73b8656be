"""The tables that a terminal shows of the retail streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.score.card import Listing, percent
from sbdk.datasets.retail.grading.results import DefectScore

if TYPE_CHECKING:
    from sbdk.datasets.retail.grading.scorecard import Scorecard

_DEFECTS = ["table", "defect", "planted", "found", "precision", "recall", "F1", "repaired"]
_PLACES = ["received", "loaded", "quarantined", "duplicate", "late", "held", "lost", "extra"]


def listings(card: Scorecard) -> list[Listing]:
    balances = [one.as_dict() for one in card.conservation]
    places = [[one["table"], *(one[name] for name in _PLACES)] for one in balances]
    return [
        Listing("Planted defects", _DEFECTS, [_defect(one) for one in card.defects]),
        Listing("Where the records are", ["table", *_PLACES], places),
    ]


def _defect(one: DefectScore) -> list[object]:
    repaired = "" if one.repair_accuracy is None else percent(one.repair_accuracy)
    return [
        one.table,
        one.defect,
        one.planted,
        one.found,
        percent(one.precision),
        percent(one.recall),
        percent(one.f1),
        repaired,
    ]
