"""What cost points, in words, the costliest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.datasets.bookstore.grading.results import ESTIMATES, UNCERTAIN, ExperimentScore, RowsScore
from sbdk.score.card import Finding, sorted_findings

if TYPE_CHECKING:
    from sbdk.datasets.bookstore.grading.scorecard import BookstoreCard

MEANINGS = {
    "better": "the treatment is better",
    "worse": "the treatment is worse",
    "undecided": "undecided",
    "mismatch": "the split is not as planned",
    "no_result": "there is no result",
}


def findings(card: BookstoreCard) -> list[Finding]:
    """Everything that is not as it should be."""
    shares, count = card.shares, max(len(card.experiments), 1)
    made: list[Finding | None] = []
    for one in card.experiments:
        for part, names in (("estimates", ESTIMATES), ("uncertainty", UNCERTAIN)):
            made.append(_figures(one, names, shares[part] / count, part))
        made.append(_conclusion(one, shares["conclusions"] / count))
    made.append(_split(card, shares["split"]))
    made.append(_rows(card.sales, shares.get("sales", 0), "daily sales", "days"))
    made.append(_rows(card.calendar, shares.get("calendar", 0), "features", "rows"))
    return sorted_findings(made)


def _figures(one: ExperimentScore, names: tuple[str, ...], share: float, part: str) -> Finding | None:
    right = one.share_right(names)
    if right == 1:
        return None
    wrong = [name for name in names if name in one.wrong]
    text = f"no {part}"
    if one.found is not None and wrong:
        first = f"{wrong[0]} is {_cell(one.found[wrong[0]])}, not {_cell(one.right[wrong[0]])}"
        text = f"{first}; also wrong: {', '.join(wrong[1:])}" if wrong[1:] else first
    return Finding(share * (1 - right), f"{one.experiment}.{part}", text)


def _cell(value: float | None) -> str:
    return "null" if value is None else f"{value:.6g}"


def _conclusion(one: ExperimentScore, share: float) -> Finding | None:
    if one.verdict == one.right_verdict:
        return None
    said = "not there" if one.verdict is None else MEANINGS.get(one.verdict, one.verdict)
    return Finding(share, f"{one.experiment}.conclusion", f"{said}; the data say: {MEANINGS[one.right_verdict]}")


def _split(card: BookstoreCard, share: float) -> Finding | None:
    split = card.split
    if split.f1 == 1:
        return None
    said = f"{split.hits} of {split.planted} spoilt splits found"
    return Finding(
        share * (1 - split.f1), "split", f"{said}, {split.false} where there is none" if split.false else said
    )


def _rows(rows: RowsScore | None, share: float, where: str, unit: str) -> Finding | None:
    if rows is None or not rows.wrong:
        return None
    text = f"{rows.wrong:,} {unit} wrong, of {rows.expected:,}; the first: {rows.first}"
    return Finding(share * (1 - rows.quality), where, text)
