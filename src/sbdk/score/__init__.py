"""The score: a warehouse graded against the answer key. What is graded differs by data set: `retail`, `bookstore`."""

from sbdk.quality.score.card import Card, Finding
from sbdk.quality.score.page import html_page
from sbdk.quality.score.tables import GradedTables

__all__ = ["Card", "Finding", "GradedTables", "html_page"]
