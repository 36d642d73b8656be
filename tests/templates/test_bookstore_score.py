"""The right tables of the grader are those of the models: two programs that share neither language nor author's SQL."""

from __future__ import annotations

from pathlib import Path

from support.book_world import Bookshop
from support.graded_bookshop import score_of


def test_the_models_have_full_marks_for_a_shop_made_by_hand(bookshop: Bookshop, bookstore_built: Path) -> None:
    """With books that begin, end and never sell, and a sale on most days."""
    card = score_of(bookstore_built, bookshop)
    assert [(one.where, one.text) for one in card.findings()] == []
    assert (card.score, card.grade, card.coverage) == (100, "A+", 100)
    assert len(card.parts) == 12
