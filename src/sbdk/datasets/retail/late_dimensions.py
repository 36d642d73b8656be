"""What dirt makes happen, rather than what it does to a record: returns, and sales of newcomers still unknown.

Each dimension has one newcomer an hour. Where sales have an orphan rate, its records are held back until the end of the
next hour, and orphans refer to it; all other sales refer to entities that have been delivered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.versions import BATCH, WINDOW, DimensionPlan, Records
from sbdk.synth.dirt.defect_rates import I64, Dirt, TableDirt

_HOUR = BATCH * WINDOW
_SECOND = 1_000_000


@dataclass(frozen=True)
class Newcomers:
    """designated: by hour + 1, the newcomer of that hour, −1 if there is none. release: by entity, when its records
    are delivered at the earliest (microseconds; 0: at once). stand_in: by entity, whom others refer to instead, while
    the entity is held back or for ever if its first record cannot be read. unusable: by entity.
    """

    batches: int
    designated: I64
    release: I64
    stand_in: I64
    unusable: NDArray[np.bool_]


class Arriving:
    """The newcomers of one dimension, found as far as they are needed."""

    def __init__(self, plan: DimensionPlan, dirt: TableDirt, hold: bool, margin: int) -> None:
        """margin: microseconds by which a sale may be delivered after its event."""
        self._plan, self._dirt, self._hold, self._margin = plan, dirt, hold, margin + _SECOND
        self._lock = Lock()
        self._made: Newcomers | None = None
        self.longest = 2 * _HOUR + self._margin if hold else 0

    def of(self, records: Records) -> Newcomers:
        """The newcomers among the entities of these records."""
        made = self._made
        if made is None or made.batches < records.batches:
            with self._lock:
                made = self._made
                if made is None or made.batches < records.batches:
                    self._made = made = self._find(records)
        return made

    def release(self, records: Records, rows: I64) -> I64:
        """The earliest delivery of each record; 0 where nothing holds it back."""
        if not self._hold:
            return np.zeros(len(rows), np.int64)
        return self.of(records).release.take(records.entity.take(rows))

    def _find(self, records: Records) -> Newcomers:
        entities, start = len(records.first), self._plan.start
        first = records.first.astype(np.int64)
        unusable = self._dirt.planted("malformed", first) | self._dirt.planted("schema_drift", first)
        usable = np.flatnonzero(~unusable)
        edges = start + np.arange(records.batches // WINDOW + 1, dtype=np.int64) * _HOUR
        until = records.known.take(np.searchsorted(records.time, edges)).astype(np.int64)
        until[0] = self._plan.initial
        lowest = np.concatenate([[max(1, self._plan.initial - 1)], until[:-1]])
        place = np.searchsorted(usable, lowest)
        candidate = np.append(usable, entities).take(place)
        designated = np.where(candidate < until, candidate, -1) if self._hold else np.full(len(until), -1)
        release = np.zeros(entities, np.int64)
        there = np.flatnonzero(designated >= 0)
        release[designated[there]] = start + (there + 1) * _HOUR + self._margin
        fine = ~unusable & (release == 0)
        return Newcomers(records.batches, designated, release, _nearest(fine), unusable)


def _nearest(fine: NDArray[np.bool_]) -> I64:
    """For each entity the nearest one not above it that is fine; the first fine one where there is none."""
    index = np.arange(len(fine), dtype=np.int64)
    found: I64 = np.maximum.accumulate(np.where(fine, index, -1))
    return np.where(found < 0, int(np.argmax(fine)), found)


@dataclass(frozen=True)
class References:
    """Whom each sale refers to: 0-based entities."""

    stores: I64
    customers: I64
    products: I64


class Facts:
    """Returns and orphans of the sales, decided by the dirt."""

    def __init__(self, dirt: Dirt, plans: dict[str, DimensionPlan], latency: int) -> None:
        self._dirt = dirt.of("sales")
        hold = self._dirt.rate("orphan") > 0
        self.arriving = {name: Arriving(plan, dirt.of(name), hold, latency) for name, plan in plans.items()}
        self._plans = plans

    def returned(self, rows: I64) -> NDArray[np.bool_]:
        """Which sales are returns."""
        return self._dirt.planted("return", rows)

    def referred(self, rows: I64, times: I64, drawn: References) -> References:
        """Ordinary sales refer to who is known, orphans to who is held back."""
        hour = (times - self._plans["stores"].start) // _HOUR
        orphan = np.flatnonzero(self._dirt.planted("orphan", rows))
        turn = self._dirt.cells("orphan.who", rows[orphan]) % np.uint64(3)
        kept, newest = {}, {}
        for name, plan in self._plans.items():
            found = self.arriving[name].of(plan.until(int(times.max(initial=plan.start)) + 2 * _HOUR))
            kept[name] = _known(found, getattr(drawn, name), times)
            newest[name] = found.designated.take(hour[orphan])
        for name, entity in _shared(newest, turn).items():
            there = entity >= 0
            kept[name][orphan[there]] = entity[there]
        return replace(drawn, **kept)


def _known(found: Newcomers, entity: I64, times: I64) -> I64:
    away = (found.release.take(entity) > times) | found.unusable.take(entity)
    return np.where(away, found.stand_in.take(entity), entity)


def _shared(newest: dict[str, I64], turn: NDArray[np.uint64]) -> dict[str, I64]:
    """One of the three newcomers for each orphan: the one whose turn it is, or the next that there is."""
    names = list(newest)
    chosen = {name: np.full(len(turn), -1, np.int64) for name in names}
    open_ = np.ones(len(turn), np.bool_)
    for step in range(len(names)):
        for index, name in enumerate(names):
            takes = open_ & ((turn + np.uint64(step)) % np.uint64(3) == index) & (newest[name] >= 0)
            chosen[name][takes] = newest[name][takes]
            open_ &= ~takes
    return chosen
