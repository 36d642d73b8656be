"""The score of a warehouse that the bookstore's models built from the hand-made bookshop."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from sbdk.datasets.bookstore.grading.expected.raw import RawBookstore
from sbdk.datasets.bookstore.grading.grade import RAW, grade, raw_bookstore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard
from sbdk.spec.data_set_sections import ScoreSettings
from support.book_world import START, Bookshop


def experiments(shop: Bookshop) -> pa.Table:
    """What is said to be true of its experiments; half of the impressions were planned for each arm."""
    names = sorted({row["experiment_id"] for row in shop.campaign_events} - {None})
    return pa.table(
        {
            "experiment_id": names,
            "true_lift": [0.0] * len(names),
            "planned_share": [0.5] * len(names),
            "sample_ratio_mismatch": [False] * len(names),
        }
    )


def raw_of(shop: Bookshop) -> RawBookstore:
    rows = {name: pa.Table.from_pylist(shop.tables()[name]) for name in RAW}
    return raw_bookstore(rows, START.date(), shop.clock, experiments(shop))


def score_of(database: Path, shop: Bookshop) -> BookstoreScorecard:
    with duckdb.connect(str(database), read_only=True) as connection:
        return grade(connection, raw_of(shop), experiments(shop), ScoreSettings())
