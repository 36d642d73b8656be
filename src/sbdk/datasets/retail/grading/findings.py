"""What cost points, in words, the costliest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.score.card import Finding, sorted_findings
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore

if TYPE_CHECKING:
    from sbdk.datasets.retail.grading.scorecard import Scorecard

_LEAKED = {
    "late": "late sales",
    "held": "sales whose dimension had not come",
    "quarantined": "records that belong in quarantine",
    "duplicate": "second deliveries",
    "once": "sales that are there more than once",
    "nowhere": "rows that no received record explains",
}


def findings(card: Scorecard) -> list[Finding]:
    """Everything that is not as it should be."""
    share, kinds = card.shares, card.by_kind
    made = [
        *(_defect(one, share["defects"] / len(kinds) / len(kinds[one.defect])) for one in card.defects),
        *(_history(one, share["scd2"] / len(card.scd2)) for one in card.scd2),
        *(_balance(one, share["conservation"] / len(card.conservation)) for one in card.conservation),
        _leak(card, share["leakage"]),
        _accused(card, share["false_quarantine"]),
    ]
    if card.windows:
        made.append(_windows(card.windows, share["windows"]))
    return sorted_findings(made)


def _defect(one: DefectScore, share: float) -> Finding | None:
    if one.quality == 1:
        return None
    said = [f"{one.hits:,} of {one.planted:,} treated as they should be"] if one.hits < one.planted else []
    if one.found > one.hits:
        said.append(f"{one.found - one.hits:,} treated so without cause")
    if one.mendable is not None and one.mended < one.mendable:
        said.append(f"{one.mended:,} of {one.mendable:,} mended")
    return Finding(share * (1 - one.quality), f"{one.table}.{one.defect}", "; ".join(said))


def _history(one: TableScore, share: float) -> Finding | None:
    if not one.wrong:
        return None
    text = f"{one.wrong:,} versions wrong, of {one.expected:,}; {first(one)}"
    return Finding(share * (1 - one.quality), one.table, text)


def _windows(one: TableScore, share: float) -> Finding | None:
    if not one.wrong:
        return None
    text = f"{one.wrong:,} windows wrong, of {one.expected:,}; {first(one)}"
    return Finding(share * (1 - one.quality), "windows", text)


def first(one: TableScore) -> str:
    """The first wrong row in words."""
    wrong = one.first_wrong or {}
    place = f"the first: {wrong.get('key')}" + (f" at {wrong['sequence']}" if wrong.get("sequence") else "")
    if wrong.get("found") is None:
        return f"{place} is missing"
    if wrong.get("expected") is None:
        return f"{place} should not be there"
    pairs = ((name, wrong["expected"][name], wrong["found"][name]) for name in wrong["expected"])
    return f"{place}: " + ", ".join(f"{name} is {_cell(found)}, not {_cell(right)}" for name, right, found in pairs)


def _cell(value: str | None) -> str:
    return "null" if value is None else value


def _balance(one: Balance, share: float) -> Finding | None:
    if one.quality == 1:
        return None
    off = [
        f"{name} {one.found[name]:,}, not {right:,}" for name, right in one.expected.items() if one.found[name] != right
    ]
    said = [*off, *([f"{one.lost:,} lost"] if one.lost else []), *([f"{one.extra:,} too many"] if one.extra else [])]
    return Finding(share * (1 - one.quality), f"conservation of {one.table}", ", ".join(said))


def _leak(card: Scorecard, share: float) -> Finding | None:
    if not card.leakage:
        return None
    said = ", ".join(f"{rows:,} {_LEAKED[name]}" for name, rows in card.leaked.items())
    return Finding(share * (1 - card.parts["leakage"]), "leakage into gold", said)


def _accused(card: Scorecard, share: float) -> Finding | None:
    if not card.false_quarantine:
        return None
    text = f"{card.false_quarantine:,} of {card.quarantined:,} rows in quarantine do not belong there"
    return Finding(share * (1 - card.parts["false_quarantine"]), "false quarantine", text)
