"""The tables that a terminal shows of a bookstore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.datasets.bookstore.grading.results import ExperimentScore
from sbdk.score.card import Listing, percent

if TYPE_CHECKING:
    from sbdk.datasets.bookstore.grading.scorecard import BookstoreCard

COLUMNS = ["experiment", "lift", "95 % interval", "true lift", "error", "holds it", "conclusion", "right"]


def listings(card: BookstoreCard) -> list[Listing]:
    rows: list[list[object]] = [[one.experiment, *experiment_cells(one)] for one in card.experiments]
    parts: list[list[object]] = [[card.titles[name], percent(value)] for name, value in card.parts.items()]
    held, known = card.coverage
    title = f"Experiments: {held} of {known} intervals hold the true lift"
    return [Listing(title, COLUMNS, rows), Listing("Parts", ["part", "right"], parts)]


def experiment_cells(one: ExperimentScore) -> list[object]:
    """What COLUMNS asks for, but for the name."""
    found = one.found or {}
    low, high = (signed(found.get(f"relative_lift_{end}")) for end in ("low", "high"))
    holds = {True: "yes", False: "no", None: ""}[one.covers]
    return [
        signed(found.get("relative_lift")),
        f"{low} … {high}" if low and high else "",
        signed(one.true_lift),
        signed(one.error),
        holds,
        one.verdict or "none",
        "yes" if one.verdict == one.right_verdict else f"no: {one.right_verdict}",
    ]


def signed(share: float | None) -> str:
    """A share in per cent with its sign; nothing for None."""
    if not share:
        return "" if share is None else "0 %"
    return f"{100 * share:+.2f} %".replace("-", "−")
