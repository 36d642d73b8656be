"""Rows of raw_events: a row range is a time range of the plan's index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from threading import Lock

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.core.imports import require
from sbdk.datasets.saas.distributions import EVENT_TYPES, REFERRERS, TIERS, WEIGHTS
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.events import PAGES
from sbdk.datasets.saas.settings import Category, key_field
from sbdk.datasets.saas.users import profile_of
from sbdk.synth.columns import timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.columns.choice import Codes
from sbdk.synth.machine_code import kept_in
from sbdk.synth.timeline import I64

CodeColumn = NDArray[np.int8] | Codes


@dataclass(frozen=True)
class Columns:
    """One array a column, in the order of event ids; categories as codes."""

    event_id: I64
    user_id: I64
    session_id: I64
    sequence: NDArray[np.int32]
    kind: CodeColumn
    instant: I64
    duration: NDArray[np.float64]
    source: CodeColumn
    tier: CodeColumn
    device: CodeColumn
    browser: CodeColumn
    page: NDArray[np.int16]


def between(plan: EventPlan, low: int, high: int, skip: int, start: int, stop: int) -> Columns:
    """Rows start..stop−1, which are those from `skip` on of the events in low ≤ time < high (microseconds)."""
    sessions, events, users = plan.sessions, plan.events, plan.sessions.users
    first, last = plan.sessions_between(low, high)
    cells = sessions.cells(np.arange(first, last, dtype=np.uint64))
    moments = events.moments(cells)
    order = by_time(moments.instant, low, high)[skip : skip + stop - start]
    place, sequence, random = moments.place.take(order), moments.sequence.take(order), moments.random.take(order)
    country = users.country(cells.user_traits)
    referrer = users.referrer(cells.user_traits, country)
    profile = profile_of(country).take(place)
    tier = cells.tier.take(place)
    kind = events.kind(random, tier)
    session = place + first
    return Columns(
        event_id=np.arange(start + 1, stop + 1, dtype=np.int64),
        user_id=(cells.user + 1).take(place),
        session_id=session + 1,
        sequence=sequence.astype(np.int32) + 1,
        kind=kind,
        instant=moments.instant.take(order),
        duration=(cells.duration.astype(np.float64) * 0.5).take(place),
        source=events.source(random, kind, profile, referrer.take(place)),
        tier=tier,
        device=sessions.device(cells.traits).take(place),
        browser=sessions.browser(cells.traits).take(place),
        page=events.page(session.astype(np.uint64), sequence, kind),
    )


def by_time(instant: I64, low: int, high: int) -> I64:
    """The indices of the instants in low ≤ instant < high, in stable order of time.

    One word holds time and index if they fit, since NumPy sorts words much faster than it sorts indirectly.
    """
    inside = np.flatnonzero((instant >= low) & (instant < high))
    time, bits = instant.take(inside) - low, len(instant).bit_length()
    if (high - low).bit_length() + bits > 63:
        return inside.take(np.argsort(time, kind="stable"))
    return np.sort((time << bits) + inside) & ((1 << bits) - 1)


_TYPE, _REFERRER, _TIER = Category(EVENT_TYPES), Category(REFERRERS), Category(TIERS)
_DEVICE, _BROWSER = Category(tuple(WEIGHTS["devices"])), Category(tuple(WEIGHTS["browsers"]))
_PAGE = Category(PAGES)
Between = Callable[[int, int, int, int, int], Columns]

SCHEMA = pa.schema(
    [
        key_field("event_id"),
        key_field("user_id"),
        pa.field("session_id", pa.int64()),
        pa.field("event_sequence", pa.int32()),
        pa.field("event_type", _TYPE.type),
        pa.field("timestamp", TIMESTAMP),
        pa.field("session_duration_planned", pa.float64()),
        pa.field("utm_source", _REFERRER.type),
        pa.field("user_tier", _TIER.type),
        pa.field("device_type", _DEVICE.type),
        pa.field("browser", _BROWSER.type),
        pa.field("page_url", _PAGE.type),
    ]
)


class EventTable:
    """Rows of raw_events. `compiled`: by the kernel for numba, or by NumPy; None: the volume decides."""

    schema = SCHEMA
    preferred_batch = 262_144

    def __init__(self, plan: EventPlan, compiled: bool | None) -> None:
        self._plan = plan
        self._compiled = compiled
        self._lock = Lock()
        self._kernel: Between | None = None

    def count(self, clock: int) -> int:
        """Events before the clock."""
        return int(self._plan.index(clock).ranks[-1])

    def rows(self, start: int, stop: int, clock: int) -> pa.RecordBatch:
        """Rows start..stop−1, all of which lie before the clock."""
        index = self._plan.index(clock)
        first = int(np.searchsorted(index.ranks, start, side="right")) - 1
        last = int(np.searchsorted(index.ranks, stop, side="left"))
        skip = start - int(index.ranks[first])
        events = self._maker()(int(index.times[first]), int(index.times[last]), skip, start, stop)
        columns = [
            pa.array(events.event_id),
            pa.array(events.user_id),
            pa.array(events.session_id),
            pa.array(events.sequence),
            _TYPE.column(events.kind),
            timestamps(events.instant),
            pa.array(events.duration),
            _REFERRER.column(events.source),
            _TIER.column(events.tier),
            _DEVICE.column(events.device),
            _BROWSER.column(events.browser),
            _PAGE.column(events.page),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    def prepare(self, rows: int) -> None:
        """Choose the compiled kernel if nothing is chosen, numba is installed, and it pays for so many rows."""
        if self._compiled is None and rows >= _worth_compiling() and find_spec("numba") is not None:
            self._compiled = True

    def _maker(self) -> Between:
        if not self._compiled:
            return partial(between, self._plan)
        with self._lock:
            if self._kernel is None:
                require("numba", "fast")
                compiled = import_module("sbdk.datasets.saas.events_numba")
                self._kernel = compiled.CompiledEvents(self._plan).between
            return self._kernel


def _worth_compiling() -> int:
    """Rows that make up for compiling the kernel (1.8 s), or for loading it (.4 s) if it is cached."""
    return 20_000_000 if kept_in() else 80_000_000
