"""The report card as one HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from sbdk.score.card import Card, Finding, percent
from sbdk.score.render.markup import tone_of

_CSS = Path(__file__).with_name("page.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_ROUND = 326.73
"""Circumference of the ring, of radius 52."""


def html_page(card: Card, *, project: str, received: Mapping[str, int]) -> str:
    """The report. Every value is escaped; a colleague can open it from a mail."""
    title = f"{escape(project)}: {card.score:.1f} of 100"
    body = "\n".join(
        [
            _header(card, project, received),
            f'<section class="parts">{"".join(_part(card, name) for name in card.parts)}</section>',
            _section("What cost points", _findings(card.findings())),
            *(_section(heading, content) for heading, content in card.sections()),
            _footer(card),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_CSS.read_text(encoding='utf-8')}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _header(card: Card, project: str, received: Mapping[str, int]) -> str:
    records = ", ".join(f"{count:,} of {escape(stream)}" for stream, count in received.items())
    verdict = "Without any fault." if card.score == 100 else _verdict(card.findings())
    return (
        f"<header>{_ring(card)}<div><h1>{escape(project)}</h1>"
        f'<p class="soft">Graded against the answer key: {records} records received.</p>'
        f'<p class="verdict">{verdict}</p></div></header>'
    )


def _verdict(found: list[Finding]) -> str:
    worst = " and ".join(f"<b>{escape(one.where)}</b>" for one in found[:2])
    return f"{len(found)} findings; {worst} cost most." if found else ""


def _ring(card: Card) -> str:
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


def _part(card: Card, name: str) -> str:
    share = card.parts[name]
    figure = f'<b class="{tone_of(share)}">{percent(share)}</b>'
    return f'<div class="part">{figure}{card.titles[name]}<br><span>{card.shares[name]:.0f} points</span></div>'


def _section(title: str, content: str) -> str:
    return f'<h2>{title}</h2><div class="panel">{content}</div>' if content else ""


def _findings(found: Iterable[Finding]) -> str:
    rows = (
        f"<li><b>−{one.points:.2f}</b><em>{escape(one.where)}</em><span>{escape(one.text)}</span></li>" for one in found
    )
    inside = "".join(rows)
    return f"<ol>{inside}</ol>" if inside else ""


def _footer(card: Card) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in card.notes)
    weights = " + ".join(f"{card.weights[name]} × {name}" for name in card.weights if name in card.parts)
    total = sum(card.weights[name] for name in card.parts)
    divided = "" if total == 100 else f", of {total}"
    return f"<footer>{notes}<p>Score = {weights}{divided}. {card.law}</p></footer>"
