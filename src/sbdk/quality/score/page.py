"""The report card as one HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path

from sbdk.quality.score.findings import Finding, findings, first
from sbdk.quality.score.scorecard import WEIGHTS, Balance, DefectScore, Scorecard, TableScore
from sbdk.quality.score.streams import BUCKETS

_CSS = Path(__file__).with_name("page.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PARTS = {
    "defects": "Planted defects",
    "scd2": "Histories",
    "leakage": "Nothing leaks into gold",
    "false_quarantine": "Nobody is accused wrongly",
    "windows": "Windows",
    "conservation": "Nothing is lost",
}
_ROUND = 326.73
"""Circumference of the ring, of radius 52."""


def html_page(card: Scorecard, *, project: str, received: Mapping[str, int]) -> str:
    """The report. Every value is escaped; a colleague can open it from a mail."""
    title = f"{escape(project)}: {card.score:.1f} of 100"
    body = "\n".join(
        [
            _header(card, project, received),
            f'<section class="parts">{"".join(_part(card, name) for name in _PARTS if name in card.parts)}</section>',
            _section("What cost points", _findings(findings(card))),
            _section("Planted defects", _defects(card.defects)),
            _section("Histories and windows", _histories([*card.scd2, *([card.windows] if card.windows else [])])),
            _section("Where the records are", _laws(card.conservation)),
            _footer(card),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_CSS.read_text(encoding='utf-8')}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _header(card: Scorecard, project: str, received: Mapping[str, int]) -> str:
    records = ", ".join(f"{count:,} of {escape(stream)}" for stream, count in received.items())
    verdict = "Without any fault." if card.score == 100 else _verdict(findings(card))
    return (
        f"<header>{_ring(card)}<div><h1>{escape(project)}</h1>"
        f'<p class="soft">Graded against the answer key: {records} records received.</p>'
        f'<p class="verdict">{verdict}</p></div></header>'
    )


def _verdict(found: list[Finding]) -> str:
    worst = " and ".join(f"<b>{escape(one.where)}</b>" for one in found[:2])
    return f"{len(found)} findings; {worst} cost most." if found else ""


def _ring(card: Scorecard) -> str:
    filled = _ROUND * card.score / 100
    tone = tone_of(card.score / 100)
    said = f"Score {card.score:.1f} of 100"
    return (
        f'<svg width="148" height="148" viewBox="0 0 120 120" role="img" aria-label="{said}" class="{tone}">'
        '<circle cx="60" cy="60" r="52" fill="none" stroke="var(--track)" stroke-width="9"/>'
        f'<circle cx="60" cy="60" r="52" fill="none" stroke="currentColor" stroke-width="9" stroke-linecap="round" '
        f'stroke-dasharray="{filled:.2f} {_ROUND}" transform="rotate(-90 60 60)"/>'
        f'<g text-anchor="middle"><text x="60" y="64" class="letter">{card.grade}</text>'
        f'<text x="60" y="83" class="figure">{card.score:.1f}</text></g></svg>'
    )


def tone_of(share: float) -> str:
    """good, fair or poor."""
    return "good" if share >= 0.95 else "fair" if share >= 0.7 else "poor"


def percent(share: float) -> str:
    """Cut rather than rounded: 100 % is all of it."""
    return f"{int(share * 1000 + 1e-9) / 10:g} %"


def _part(card: Scorecard, name: str) -> str:
    share = card.parts[name]
    weight = 100 * WEIGHTS[name] / sum(WEIGHTS[part] for part in card.parts)
    figure = f'<b class="{tone_of(share)}">{percent(share)}</b>'
    return f'<div class="part">{figure}{_PARTS[name]}<br><span>{weight:.0f} points</span></div>'


def _section(title: str, content: str) -> str:
    return f'<h2>{title}</h2><div class="panel">{content}</div>' if content else ""


def _findings(found: Iterable[Finding]) -> str:
    rows = (
        f"<li><b>−{one.points:.2f}</b><em>{escape(one.where)}</em><span>{escape(one.text)}</span></li>" for one in found
    )
    inside = "".join(rows)
    return f"<ol>{inside}</ol>" if inside else ""


def _defects(scores: list[DefectScore]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("Planted", "Found", "Precision", "Recall", "F1", "Repaired"))
    rows = []
    for table, group in groupby(scores, key=lambda one: one.table):
        rows.append(f'<tr class="group"><td colspan="7">{escape(table)}</td></tr>')
        rows += [_defect(one) for one in group]
    return f"<table><thead><tr><th>Defect</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _defect(one: DefectScore) -> str:
    repaired = "" if one.repair_accuracy is None else _metered(one.repair_accuracy)
    shares = [_toned(one.precision), _toned(one.recall), _metered(one.f1), repaired]
    cells = [f"{one.planted:,}", f"{one.found:,}", *shares]
    name = escape(one.defect.replace("_", " "))
    return f'<tr><td class="name">{name}</td>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _toned(share: float) -> str:
    return percent(share) if share == 1 else f'<span class="{tone_of(share)}">{percent(share)}</span>'


def _metered(share: float) -> str:
    return (
        f'{_toned(share)}<span class="meter"><i class="{tone_of(share)}" style="width:{share * 100:.1f}%"></i></span>'
    )


def _histories(scores: Iterable[TableScore]) -> str:
    head = '<th>Table</th><th>Expected</th><th>Wrong</th><th>Right</th><th class="left">The first wrong one</th>'
    rows = "".join(_history(one) for one in scores)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _history(one: TableScore) -> str:
    name = escape(one.table.replace("_", " "))
    figures = f"<td>{one.expected:,}</td><td>{one.wrong:,}</td><td>{_metered(one.right)}</td>"
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


def _footer(card: Scorecard) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in card.notes)
    weights = " + ".join(f"{WEIGHTS[name]} × {name}" for name in WEIGHTS if name in card.parts)
    total = sum(WEIGHTS[name] for name in card.parts)
    divided = "" if total == 100 else f", of {total}"
    buckets = " + ".join(BUCKETS)
    said = f"Score = {weights}{divided}. Each received record is in exactly one of: {buckets}."
    return f"<footer>{notes}<p>{said}</p></footer>"
