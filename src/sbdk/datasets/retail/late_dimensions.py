"""Defects that change events, not records: returns, and sales that refer to entities not yet delivered (orphans).

Each dimension has one new entity an hour that may be held back. If sales have an orphan rate, its records are held back
until the end of the next hour, and orphans refer to it; all other sales refer to entities that have been delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.versions import BATCH, WINDOW, DimensionPlan, DimensionRecords
from sbdk.synth.dirt.defect_rates import I64, Dirt, TableDirt

_HOUR = BATCH * WINDOW
_SECOND = 1_000_000


@dataclass(frozen=True)
class HeldEntities:
    """designated: by hour + 1, the entity held back from that hour, −1 if none.

    By entity: release, the earliest delivery of its records (microseconds; 0: at once); unusable, whether its first
    record is unreadable; stand_in, the entity that sales refer to instead if it is, or while the entity is held back.
    """

    batches: int
    designated: I64
    release: I64
    stand_in: I64
    unusable: NDArray[np.bool_]


class LateDimension:
    """The entities of one dimension that are held back, computed as far as they are needed."""

    def __init__(self, plan: DimensionPlan, dirt: TableDirt, hold: bool, margin: int) -> None:
        """hold: are entities held back? margin: microseconds by which a sale may be delivered after its event."""
        self._plan, self._dirt, self._hold, self._margin = plan, dirt, hold, margin + _SECOND
        self._lock = Lock()
        self._held: HeldEntities | None = None
        self.longest_hold = 2 * _HOUR + self._margin if hold else 0

    def of(self, records: DimensionRecords) -> HeldEntities:
        """Those among the entities of these records."""
        held = self._held
        if held is None or held.batches < records.batches:
            with self._lock:
                held = self._held
                if held is None or held.batches < records.batches:
                    self._held = held = self._find(records)
        return held

    def release(self, records: DimensionRecords, rows: I64) -> I64:
        """The earliest delivery of each record; 0 where nothing holds it back."""
        if not self._hold:
            return np.zeros(len(rows), np.int64)
        return self.of(records).release.take(records.entity.take(rows))

    def _find(self, records: DimensionRecords) -> HeldEntities:
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
        hours = np.flatnonzero(designated >= 0)
        release[designated[hours]] = start + (hours + 1) * _HOUR + self._margin
        usable_at_once = ~unusable & (release == 0)
        return HeldEntities(records.batches, designated, release, _nearest(usable_at_once), unusable)


def _nearest(usable: NDArray[np.bool_]) -> I64:
    """For each entity, the nearest usable one not above it; the first usable one if there is none."""
    index = np.arange(len(usable), dtype=np.int64)
    nearest: I64 = np.maximum.accumulate(np.where(usable, index, -1))
    return np.where(nearest < 0, int(np.argmax(usable)), nearest)


class ReturnsAndOrphans:
    """Returns and orphans of the sales, decided by the dirt."""

    def __init__(self, dirt: Dirt, plans: dict[str, DimensionPlan], latency: int) -> None:
        self._dirt = dirt.of("sales")
        hold = self._dirt.rate("orphan") > 0
        self.late_dimensions = {name: LateDimension(plan, dirt.of(name), hold, latency) for name, plan in plans.items()}
        self._plans = plans

    def returned(self, rows: I64) -> NDArray[np.bool_]:
        """Which sales are returns."""
        return self._dirt.planted("return", rows)

    def usable_stores(self, times: I64) -> Callable[[I64, I64], NDArray[np.bool_]]:
        """Can sales refer to these stores at these times? times: ascending, those of all sales."""
        held = self._held("stores", times)
        return lambda stores, then: ~_unavailable(held, stores, then)

    def delivered(self, drawn: Mapping[str, I64], times: I64) -> dict[str, I64]:
        """The entities of ordinary sales, by dimension: those that have been delivered."""
        kept = {}
        for name, entity in drawn.items():
            held = self._held(name, times)
            kept[name] = np.where(_unavailable(held, entity, times), held.stand_in.take(entity), entity)
        return kept

    def orphans(
        self, rows: I64, times: I64, open_stores: Callable[[I64, I64], NDArray[np.bool_]]
    ) -> dict[str, tuple[I64, I64]]:
        """By dimension, the places of the sales that are orphans, and the entities that are held back.

        open_stores: are these stores open at the time of the sales in these places?
        """
        hour = (times - self._plans["stores"].start) // _HOUR
        orphan = np.flatnonzero(self._dirt.planted("orphan", rows))
        turn = self._dirt.cells("orphan.who", rows[orphan]) % np.uint64(3)
        newest = {name: self._held(name, times).designated.take(hour[orphan]) for name in self._plans}
        store = newest["stores"]
        some = np.flatnonzero(store >= 0)
        store[some[~open_stores(store[some], orphan[some])]] = -1
        shared = _shared(newest, turn)
        return {name: (orphan[entity >= 0], entity[entity >= 0]) for name, entity in shared.items()}

    def _held(self, name: str, times: I64) -> HeldEntities:
        plan = self._plans[name]
        return self.late_dimensions[name].of(plan.until(int(times.max(initial=plan.start)) + 2 * _HOUR))


def _unavailable(held: HeldEntities, entity: I64, times: I64) -> NDArray[np.bool_]:
    """Is the entity held back at the time, or unusable?"""
    unavailable: NDArray[np.bool_] = (held.release.take(entity) > times) | held.unusable.take(entity)
    return unavailable


def _shared(newest: dict[str, I64], turn: NDArray[np.uint64]) -> dict[str, I64]:
    """For each orphan, one of the three held-back entities: of dimension `turn`, or of the next that has any."""
    names = list(newest)
    chosen = {name: np.full(len(turn), -1, np.int64) for name in names}
    open_ = np.ones(len(turn), np.bool_)
    for step in range(len(names)):
        for index, name in enumerate(names):
            takes = open_ & ((turn + np.uint64(step)) % np.uint64(3) == index) & (newest[name] >= 0)
            chosen[name][takes] = newest[name][takes]
            open_ &= ~takes
    return chosen
