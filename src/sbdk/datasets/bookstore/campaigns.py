"""campaign_events: pairs of rows on one day; five of six pairs are the two arms of an experiment of known effect."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.seasonality import DAY, I64
from sbdk.datasets.bookstore.words import MONEY, category, dates, field, ids, vocabulary, word_field
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import between, decimals, integers, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.timeline import Timeline

PRECISION = 20
"""A probability is a whole number of 2⁻²⁰."""
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


def binomial(key: np.uint64, rows: U64, trials: I64, chances: I64) -> I64:
    """How many of `trials` (0..2¹⁶) succeed, each with the probability chances ÷ 2²⁰; one cell for each row.

    A trial succeeds if a uniform number, whose binary digits are drawn one by one, is below the probability. At the
    first digit in which the two differ the trial is decided: for those that go on, the number of ones among so many
    fair bits is the bit count of so many random bits. Twice as many bits as trials are used, and the law is exact.
    """
    won = np.zeros(len(rows), np.int64)
    undecided = trials.astype(np.int64)
    base = rows << np.uint64(20)
    for digit in range(PRECISION):
        ones = _fair(key, base | np.uint64(digit << 12), undecided)
        one = (chances >> (PRECISION - 1 - digit)) & 1 == 1
        won += np.where(one, undecided - ones, 0)
        undecided = np.where(one, ones, undecided - ones)
    return won


def _fair(key: np.uint64, counter: U64, wanted: I64) -> I64:
    """The number of ones among so many random bits of each row; those with the most bits first, so slices suffice."""
    order = np.argsort(-wanted, kind="stable")
    falling, counter = -wanted.take(order), counter.take(order)
    ones = np.zeros(len(wanted), np.int64)
    begun = len(wanted) - int((wanted == 0).sum())
    for word in range(-(-int(wanted.max(initial=0)) // 64)):
        whole = int(np.searchsorted(falling, -64 * (word + 1), side="right"))
        random = bits(key, counter[:begun] + np.uint64(word))
        random[whole:] &= _ONES >> (64 * (word + 1) + falling[whole:begun]).astype(np.uint64)
        ones[:begun] += np.bitwise_count(random)
        begun = int(np.searchsorted(falling, -64 * (word + 1), side="left"))
    result = np.empty_like(ones)
    result[order] = ones
    return result


_ONE = 1 << PRECISION
LIFTS = (0, 5, 10, -5, 5)
"""Percent, relative, of EXP_001 to EXP_005."""
_CONTROL = np.array((31_400, 27_200, 25_200, 36_800, 29_400), np.int64)
"""Click-through of the control groups in 2⁻²⁰: 3.0, 2.6, 2.4, 3.5, 2.8 %; multiples of 20, so lifts are exact."""
_TREATMENT = _CONTROL * (100 + np.array(LIFTS)) // 100
_SPLIT = np.array((_ONE // 2,) * 4 + (round(0.4 * _ONE),), np.int64)
"""Share of the traffic that the treatment gets. 50 % was planned, in EXP_005 too."""
_OUTSIDE = 29_000
_TRAFFIC = (3_000, 15_800)
_EXPERIMENTS = len(LIFTS)
_FLAT = (1,) * 168


def experiments() -> pa.Table:
    """What is true of each experiment. Shares are the treatment's, of impressions; the lift is relative."""
    return pa.table(
        {
            "experiment_id": vocabulary("experiments"),
            "true_control_ctr": _CONTROL / _ONE,
            "true_lift": np.array(LIFTS) / 100,
            "planned_share": np.full(_EXPERIMENTS, 0.5),
            "true_share": np.array((0.5,) * 4 + (0.4,)),
            "sample_ratio_mismatch": np.array((False,) * 4 + (True,)),
        }
    )


def _experiment(pairs: U64) -> I64:
    """In which experiment each pair is, by position; the number of experiments if in none."""
    return (pairs % np.uint64(_EXPERIMENTS + 1)).view(np.int64)


class Campaigns:
    """Rows of campaign_events, ascending by created_at; rows 2j and 2j + 1 are pair j."""

    name = "campaign_events"
    key = "campaign_id"
    schema = pa.schema(
        [
            field("campaign_id", pa.string()),
            word_field("experiment_id", "experiments", nullable=True),
            word_field("treatment_group", "groups", nullable=True),
            field("impressions", pa.int32()),
            field("clicks", pa.int32()),
            field("spend", MONEY),
            field("campaign_date", pa.date32()),
            field("created_at", TIMESTAMP),
        ]
    )

    def __init__(self, seed: int, start: datetime, anchor: datetime, rows: int) -> None:
        """rows: an even number."""
        self._times = Timeline(start, anchor, rows // 2, _FLAT, cell_key(seed, self.name, "created_at"))
        self._keys = {
            column: cell_key(seed, self.name, column)
            for column in ("traffic", "split", "impressions", "clicks", "spend")
        }

    def count(self, clock: int) -> int:
        """Rows before the clock, microseconds: whole pairs."""
        return 2 * self._times.count(clock)

    def batch(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows start..stop−1."""
        rows = np.arange(start, stop, dtype=np.uint64)
        pairs = np.arange(start // 2, (stop + 1) // 2, dtype=np.uint64)
        pair, treated = rows.view(np.int64) // 2 - start // 2, rows.view(np.int64) % 2
        experiment = _experiment(pairs).take(pair)
        within, code = experiment < _EXPERIMENTS, np.minimum(experiment, _EXPERIMENTS - 1)
        shown = np.where(within, self._shared(pairs)[pair, treated], self._alone(rows))
        rate = np.where(within, np.where(treated == 1, _TREATMENT.take(code), _CONTROL.take(code)), _OUTSIDE)
        times = self._times.times(pairs).take(pair)
        columns = [
            ids("CAMP_", 6, rows),
            category("experiments", code, within),
            category("groups", treated, within),
            integers(shown.astype(np.int32)),
            integers(binomial(self._keys["clicks"], rows, shown, rate).astype(np.int32)),
            decimals(self._spend(rows, shown), 12, 2),
            dates(times // DAY),
            timestamps(times),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _shared(self, pairs: U64) -> I64:
        """Impressions of control and treatment (pairs, 2): the traffic of each pair, tossed visitor by visitor."""
        traffic = between(bits(self._keys["traffic"], pairs), *_TRAFFIC)
        split = _SPLIT.take(np.minimum(_experiment(pairs), _EXPERIMENTS - 1))
        treatment = binomial(self._keys["split"], pairs, traffic, split)
        return np.stack([traffic - treatment, treatment], axis=1)

    def _alone(self, rows: U64) -> I64:
        """Impressions of a campaign that is in no experiment."""
        return between(bits(self._keys["impressions"], rows), 1_000, 10_000)

    def _spend(self, rows: U64, shown: I64) -> I64:
        """In cents: $10 to $14 for a thousand impressions, so a click costs the less the more often it is made."""
        mood = lane(bits(self._keys["spend"], rows), 0).astype(np.int64)
        return shown * (1_000 + (mood * 400 >> 16)) // 1_000
