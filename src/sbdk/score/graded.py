"""A scorecard, and of how many records it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbdk.score import Card


@dataclass(frozen=True)
class Graded:
    """A scorecard, and by table how many emitted records it is about."""

    card: Card
    received: dict[str, int]
