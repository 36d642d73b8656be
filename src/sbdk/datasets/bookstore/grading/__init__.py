"""A bookstore, graded against the answer key: its experiments, its sales, and the calendar of its features."""

from sbdk.datasets.bookstore.grading.grade import grade
from sbdk.datasets.bookstore.grading.results import ExperimentScore, RowsScore, SplitScore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreCard

__all__ = ["BookstoreCard", "ExperimentScore", "RowsScore", "SplitScore", "grade"]
