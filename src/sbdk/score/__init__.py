"""The score: a warehouse graded against the answer key. What is graded differs by data set: `retail`, `bookstore`."""

from sbdk.score.card import Card, Finding
from sbdk.score.render.html import html_page
from sbdk.score.roles import GradedTables

__all__ = ["Card", "Finding", "GradedTables", "html_page"]
