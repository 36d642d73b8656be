"""A bookstore, graded against the answer key: its experiments, its sales, and the calendar of its features."""

from sbdk.quality.score.bookstore.grading import grade
from sbdk.quality.score.bookstore.marks import ExperimentScore, RowsScore, SplitScore
from sbdk.quality.score.bookstore.scorecard import BookstoreCard

__all__ = ["BookstoreCard", "ExperimentScore", "RowsScore", "SplitScore", "grade"]
