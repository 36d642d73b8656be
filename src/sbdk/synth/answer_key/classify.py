"""Each emitted record of a range judged: what befell its delivery, and in which bucket it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.dirt.defect_rates import I64, Dirt, Mask
from sbdk.synth.dirt.stream import Chunk, Stream
from sbdk.synth.dirt.values import planted_values
from sbdk.synth.answer_key.parents import Parents
from sbdk.synth.table import World

WATERMARK = 600_000_000
"""Ten minutes: a record is late when its time is further than this behind the highest time before it."""
_LOOK_BACK = 8_192
"""Positions before a range that are looked at for the highest time so far; delays are some hundreds at most."""
BUCKETS = ("loaded", "quarantined", "duplicate", "late", "held")


@dataclass(frozen=True)
class Judged:
    """A range of positions. One flag per record: lost (malformed, or a column vanished), negative (a value that must
    not be), repeated (a second delivery), late (behind the watermark), behind (an older one after a newer one).
    unknown: by column, the sales whose parent is not known when they come. resolved: by the same column, when it is.
    bucket: index into BUCKETS; the first that applies of quarantined, duplicate, late, held, loaded.
    """

    chunk: Chunk
    lost: Mask
    negative: Mask
    repeated: Mask
    late: Mask
    behind: Mask
    unknown: Mapping[str, Mask]
    resolved: Mapping[str, I64]
    bucket: NDArray[np.int8]


class Judge:
    """Judges the records of one table. `seen`: by dimension, how many records of it have been emitted (default: all
    that come before the record): a sale whose parent is beyond is held, one whose parent has come since is loaded.
    """

    def __init__(self, world: World, dirt: Dirt, table: str, seen: Mapping[str, int] | None = None) -> None:
        self.stream = Stream(world, table, dirt)
        facts = getattr(self.stream.source, "has_facts", False)
        self._parents = Parents(world, dirt, table, seen) if facts else None

    def judge(self, start: int, stop: int) -> Judged:
        """Positions start ≤ p < stop."""
        chunk = self.stream.chunk(start, stop)
        rows = chunk.span.row
        lost = self.stream.damage.lost(rows)
        repeated = (chunk.span.copy == 1) & ~lost
        negative = np.zeros(len(rows), np.bool_)
        for defect, _, mask in planted_values(self.stream.dirt, self.stream.source.schema, rows):
            negative |= mask if defect.startswith("negative") else False
        times, highest = self._times(chunk, lost)
        ordinary = ~lost & ~repeated
        late = ordinary & (times < highest - WATERMARK) & self._watched()
        behind = ordinary & ~late & self._behind(rows, times < highest)
        unknown, resolved = self._parents.of(chunk) if self._parents else ({}, {})
        unknown = {column: mask & ordinary for column, mask in unknown.items()}
        held = self._parents.held(unknown, resolved) if self._parents else np.zeros(len(rows), np.bool_)
        choices = [lost | negative, repeated, late, held]
        bucket = np.select(choices, [1, 2, 3, 4], 0).astype(np.int8)
        return Judged(chunk, lost, negative, repeated, late, behind, unknown, resolved, bucket)

    def _watched(self) -> bool:
        """Has the table a watermark: facts have, dimensions keep their whole history."""
        return self.stream.dirt.rate("late") > 0 or getattr(self.stream.source, "has_facts", False)

    def _behind(self, rows: I64, overtaken: Mask) -> Mask:
        """Which records are out of order: those overtaken, but of facts, which skew mixes anyway, those meant to be."""
        if getattr(self.stream.source, "has_facts", False):
            return self.stream.dirt.planted("out_of_order", rows)
        return overtaken

    def _times(self, chunk: Chunk, lost: Mask) -> tuple[I64, I64]:
        """The time of each record, and the highest readable one before it."""
        times = self.stream.source.times(chunk.span.row)
        first = max(0, chunk.start - _LOOK_BACK)
        earlier = self.stream.deliveries.positions(first, chunk.start).row if first < chunk.start else times[:0]
        readable = self.stream.source.times(earlier)[~self.stream.damage.lost(earlier)]
        least = np.iinfo(np.int64).min // 2
        known = np.concatenate([[readable.max(initial=least)], np.where(lost, least, times)])
        return times, np.maximum.accumulate(known)[:-1]
