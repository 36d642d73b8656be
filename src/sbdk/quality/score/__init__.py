"""The score: a warehouse graded against the answer key, in SQL."""

from sbdk.quality.score.findings import Finding, findings
from sbdk.quality.score.grading import grade
from sbdk.quality.score.page import html_page
from sbdk.quality.score.scorecard import Balance, DefectScore, Scorecard, TableScore, WindowScore
from sbdk.quality.score.tables import GradedTables

__all__ = [
    "Balance",
    "DefectScore",
    "Finding",
    "GradedTables",
    "Scorecard",
    "TableScore",
    "WindowScore",
    "findings",
    "grade",
    "html_page",
]
