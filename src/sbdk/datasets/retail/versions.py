"""The index of a dimension's records by entity: 24 bytes a record and 4 more for each column that changes.

Batch b introduces uniform 0..n entities, where n is twice the average, rounded up or down by the batch's own cell; it
has updates in the same way, among which the new ones lie at random. So nothing depends on where the records end, and
the index grows by being rebuilt, half as long again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.corrections import STEPS, corrected_by, with_corrections
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import Choice, between, chance, scaled

BATCH = 300_000_000
"""Five virtual minutes."""
DAY = 288 * BATCH
WINDOW = 12
"""Batches in which each dimension has one newcomer whose record may be held back."""
REFERENCE_LAG = 8
"""Records by which an out-of-order record may fall behind. No sale refers to a key younger than this."""


I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
_STEP = 64 * WINDOW
"""Batches by which an index grows at least: whole hours, so that each hour's newcomer is known."""
_JITTER = BATCH * 999 // 1000  # so that two records of a batch never share a microsecond


@dataclass(frozen=True)
class DimensionRecords:
    """Records 0..n−1 of a dimension: those of all batches before `batches`.

    time: microseconds, ascending. entity: 0-based. known: entities introduced by the earlier records, n + 1 values.
    first: record that introduced each entity. by_entity: the records ordered by entity and number; place: where in it
    each entity begins. until_batch: records before each batch. version: 0 for an entity's
    first record. origin: by column, the record in which its value was last changed. steps: by column, the sum of the
    steps of the changes so far.
    """

    batches: int
    time: I64
    entity: I32
    known: I32
    first: I32
    version: I32
    by_entity: I32
    place: I64
    origin: Mapping[str, I32]
    steps: Mapping[str, I32]
    until_batch: I64

    def until(self, times: I64) -> I64:
        """How many records have a time ≤ each of these, which lie within the batches.

        Each record has an equal share of its batch, so only those next to the share of the time are compared.
        """
        since = times - self.time[0]
        batch = since // BATCH
        first = self.until_batch.take(batch)
        inside = self.until_batch.take(batch + 1) - first
        count: I64 = first + (since - batch * BATCH) * inside // BATCH
        for _ in range(2):
            count = count + ((count < len(self.time)) & (self.time.take(count, mode="clip") <= times))
        return count


@dataclass(frozen=True)
class Change:
    """The chance that an update changes a column, and the range of its step, if the column has steps.

    An `at_least` column also changes if no other does, so that every update changes something. `draw`: the change draws
    one of these values anew, and may draw the one that there is: so the shares of the values are always the same.
    """

    chance: float
    step: tuple[int, int] = (1, 1)
    at_least: bool = False
    draw: Choice | None = None


@dataclass(frozen=True)
class Growth:
    """initial: entities at the start. most, a_day: new ones in a batch at most, and on an average day. A batch brings
    no more than uniform 0..most, so a_day counts up to 144 × most. share: of the records that are updates."""

    initial: int
    most: int
    a_day: float
    share: float

    @property
    def new(self) -> float:
        """New entities in an average batch; none if there were less than one in a hundred days."""
        return min(self.a_day * BATCH / DAY, self.most / 2) if self.a_day >= 0.01 else 0.0

    @property
    def updates(self) -> float:
        """Updates in an average batch."""
        return self.new * self.share / (1 - self.share)


class DimensionPlan:
    """Makes the records as far as they are needed, in whole hours. changes: the columns that an update may change."""

    def __init__(self, seed: int, table: str, start: int, growth: Growth, changes: Mapping[str, Change]) -> None:
        self.start, self.initial = start, growth.initial
        self._seed, self._table, self._growth, self._changes = seed, table, growth, dict(changes)
        self._lock = Lock()
        self._records: DimensionRecords | None = None

    def until(self, time: int) -> DimensionRecords:
        """Records of at least all batches that begin before `time`."""
        return self._at_least(max(0, -(-(time - self.start) // BATCH)))

    def containing(self, rows: int) -> DimensionRecords:
        """At least `rows` records; fewer only if the dimension does not grow."""
        records = self._at_least(0)
        while len(records.time) < rows and self._growth.new:
            records = self._at_least(2 * records.batches)
        return records

    def _at_least(self, batches: int) -> DimensionRecords:
        records = self._records
        if records is None or records.batches < batches:
            with self._lock:
                records = self._records
                if records is None or records.batches < batches:
                    longer = records.batches * 3 // 2 if records else 1
                    self._records = records = self._make(-(-max(batches, longer) // _STEP) * _STEP)
        return records

    def corrected_by(self, rows: I64) -> I64:
        """By how many records later each record is corrected: an update of its entity right after it; 0: not at all."""
        records = self.containing(int(rows.max(initial=-1)) + STEPS + 1)
        is_new = []
        for step in range(1, STEPS + 1):
            later = np.minimum(rows + step, len(records.time) - 1)
            is_new.append(records.version.take(later) == 0)
        steps = corrected_by(self._key("corrects"), rows, np.array(is_new))
        return np.where((rows < self.initial) | (rows + steps >= len(records.time)), 0, steps)

    def _key(self, column: str) -> np.uint64:
        return cell_key(self._seed, self._table, f"record.{column}")

    def _make(self, batches: int) -> DimensionRecords:
        new = self._counts("new", batches, self._growth.new)
        count = new + self._counts("updates", batches, self._growth.updates)
        batch = np.repeat(np.arange(batches, dtype=np.int64), count)
        time = np.concatenate([np.full(self.initial, self.start), self._times(batch)])
        entity, known = self._entities(self._is_new(batch, new, count))
        until_batch = self.initial + np.concatenate([[0], np.cumsum(count)])
        return self._indexed(batches, time, entity, known, until_batch)

    def _counts(self, kind: str, batches: int, average: float) -> I64:
        """Records of a kind in each batch: uniform 0..n, where n is 2 × average, rounded up or down at random."""
        rows, low = np.arange(batches, dtype=np.uint64), int(2 * average)
        top = low + chance(bits(self._key(f"{kind}.most"), rows), 2 * average - low)
        return scaled(bits(self._key(kind), rows), (top + 1).astype(np.uint64)).view(np.int64)

    def _is_new(self, batch: I64, new: I64, count: I64) -> NDArray[np.bool_]:
        """Which records introduce an entity: of each batch as many as it has new ones, at random places."""
        cells = bits(self._key("kind"), np.arange(self.initial, self.initial + len(batch), dtype=np.uint64))
        order = np.lexsort((cells, batch))
        rank = np.arange(len(batch)) - (np.cumsum(count) - count).take(batch)
        is_new = np.empty(len(batch), np.bool_)
        is_new[order] = rank < new.take(batch)
        return is_new

    def _times(self, batch: I64) -> I64:
        """Each of the m records of a batch has an even share of its five minutes, and falls at random inside it."""
        rows = np.arange(len(batch), dtype=np.int64)
        inside = np.bincount(batch) if len(batch) else np.zeros(1, np.int64)
        first = np.cumsum(inside) - inside
        jitter = scaled(bits(self._key("time"), (rows + self.initial).view(np.uint64)), _JITTER).view(np.int64)
        within: I64 = ((rows - first.take(batch)) * BATCH + jitter) // inside.take(batch)
        return self.start + batch * BATCH + within

    def _entities(self, later: NDArray[np.bool_]) -> tuple[I32, I32]:
        is_new = np.concatenate([np.ones(self.initial, np.bool_), later])
        known = np.concatenate([[0], np.cumsum(is_new)])
        rows = np.arange(len(is_new), dtype=np.uint64)
        drawn = scaled(bits(self._key("entity"), rows), known[:-1].astype(np.uint64)).view(np.int64)
        entity = with_corrections(np.where(is_new, known[:-1], drawn), is_new, self.initial, self._key("corrects"))
        return entity.astype(np.int32), known.astype(np.int32)

    def _indexed(self, batches: int, time: I64, entity: I32, known: I32, until_batch: I64) -> DimensionRecords:
        count = len(entity)
        order = np.argsort(entity, kind="stable")
        sorted_entity = entity.take(order).astype(np.int64)
        place = np.arange(count, dtype=np.int64)
        begins = np.concatenate([[True], sorted_entity[1:] != sorted_entity[:-1]])
        group = np.maximum.accumulate(np.where(begins, place, 0))
        version = np.empty(count, np.int32)
        version[order] = place - group
        origin, steps = {}, {}
        for column, changed in self._changed(order.astype(np.uint64), begins).items():
            from_place = np.maximum.accumulate(np.where(changed | begins, place, 0))
            origin[column] = np.empty(count, np.int32)
            origin[column][order] = order.take(from_place)
            step = between(bits(self._key(f"step.{column}"), order.astype(np.uint64)), *self._changes[column].step)
            total = np.cumsum(np.where(changed & ~begins, step, 0))
            steps[column] = np.empty(count, np.int32)
            steps[column][order] = total - total.take(group)
        first, edges = order[begins].astype(np.int32), np.append(np.flatnonzero(begins), count)
        by_entity = order.astype(np.int32)
        return DimensionRecords(
            batches, time, entity, known, first, version, by_entity, edges, origin, steps, until_batch
        )

    def _changed(self, rows: U64, begins: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
        """Which columns each of the records changes, if it is an update. begins: the first record of each entity."""
        changed = {
            name: chance(bits(self._key(f"changes.{name}"), rows), c.chance) for name, c in self._changes.items()
        }
        for name, change in self._changes.items():
            if change.at_least:
                rest = [self._differs(column, rows, mask, begins) for column, mask in changed.items() if column != name]
                changed[name] = changed[name] | ~np.logical_or.reduce(rest)
        return changed

    def _differs(
        self, column: str, rows: U64, changed: NDArray[np.bool_], begins: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Which of the changes leave the column with another value."""
        choice = self._changes[column].draw
        if choice is None:
            return changed
        drawn = drawn_values(choice, column_bits(self._seed, self._table, column, rows))
        place = np.arange(len(rows), dtype=np.int64)
        value = drawn.take(np.maximum.accumulate(np.where(changed | begins, place, 0)))
        differs: NDArray[np.bool_] = np.append(True, value[1:] != value[:-1])
        return differs


def drawn_values(choice: Choice, cells: U64) -> NDArray[np.integer]:
    """The value that each cell draws."""
    return choice.codes(lane(cells, 0))


def column_bits(seed: int, table: str, column: str, rows: NDArray[np.integer] | U64) -> U64:
    """The random bits of a column for any rows."""
    return bits(cell_key(seed, table, column), rows.astype(np.uint64))
