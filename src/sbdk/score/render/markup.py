"""Shares as the report shows them."""

from __future__ import annotations

from sbdk.score.card import percent


def tone_of(share: float) -> str:
    """good, fair or poor."""
    return "good" if share >= 0.95 else "fair" if share >= 0.7 else "poor"


def toned(share: float) -> str:
    return percent(share) if share == 1 else f'<span class="{tone_of(share)}">{percent(share)}</span>'


def metered(share: float) -> str:
    return f'{toned(share)}<span class="meter"><i class="{tone_of(share)}" style="width:{share * 100:.1f}%"></i></span>'
