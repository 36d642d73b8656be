"""The retail streams, graded against the answer key."""

from sbdk.quality.score.retail.grading import grade
from sbdk.quality.score.retail.marks import Balance, DefectScore, TableScore, WindowScore
from sbdk.quality.score.retail.scorecard import Scorecard
from sbdk.quality.score.retail.tables import RetailTables

__all__ = ["Balance", "DefectScore", "RetailTables", "Scorecard", "TableScore", "WindowScore", "grade"]
