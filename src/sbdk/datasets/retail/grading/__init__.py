"""The retail streams, graded against the answer key."""

from sbdk.datasets.retail.grading.grade import grade
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, WindowScore
from sbdk.datasets.retail.grading.scorecard import Scorecard
from sbdk.datasets.retail.grading.roles import RetailTables

__all__ = ["Balance", "DefectScore", "RetailTables", "Scorecard", "TableScore", "WindowScore", "grade"]
