"""Event columns by the compiled kernel: lays out its arguments and buffers. Imports numba: load on use."""

from __future__ import annotations

from importlib import import_module
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.saas.arrivals import Arrivals
from sbdk.datasets.saas.distributions import table
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.event_table import Columns
from sbdk.datasets.saas.events import PAGE_COUNT, PAGE_FIRST, PAGE_LIST
from sbdk.synth.machine_code import kept_machine_code
from sbdk.synth.timeline import I64

if TYPE_CHECKING:
    from sbdk.datasets.saas import events_kernel as kernel
else:
    with kept_machine_code():  # numba reads the folder when the kernel's functions are decorated
        kernel = import_module("sbdk.datasets.saas.events_kernel")

I32 = NDArray[np.int32]
Buffers = tuple[NDArray[Any], ...]


class CompiledEvents:
    """The same columns as `event_table.between`, several times faster."""

    def __init__(self, plan: EventPlan) -> None:
        sessions, events, users = plan.sessions, plan.events, plan.sessions.users
        self._plan = plan
        self._keys = np.array(
            [
                *(sessions.size_key, sessions.traits_key, sessions.user_key),
                *(users.propensities_key, users.traits_key, events.key, events.page_key),
            ],
            dtype=np.uint64,
        )
        self._slots = (
            users.tier_slots,
            users.country_slots,
            users.referrer_slots,
            sessions.device_slots,
            sessions.browser_slots,
            events.type_slots,
            events.source_slots,
        )
        self._scratch = local()

    def between(self, low: int, high: int, skip: int, start: int, stop: int) -> Columns:
        """Rows start..stop−1, which are those from `skip` on of the events in low ≤ time < high."""
        sessions = self._plan.sessions
        first, last = self._plan.sessions_between(low, high)
        room = (stop - start + skip) * 5 // 4 + 1_024
        while True:
            by_event, by_session = self._buffers(room, last - first)
            count = kernel.events_between(
                (first, last, low, high, sessions.calendar.start),
                self._keys,
                (_strata(sessions.arrivals), sessions.calendar.edges, sessions.present, *self._cut()),
                (_strata(sessions.users.arrivals), sessions.users.arrivals.calendar.edges),
                (table("session_sizes"), table("exponential_gaps")),
                self._slots,
                (PAGE_FIRST, PAGE_COUNT, PAGE_LIST),
                by_event[:4],
                by_session,
            )
            if count >= 0:
                break
            room *= 2
        order = by_event[4][:count]
        kernel.order_by_time(by_event[0], count, low, high, order, by_event[5][: count + 1])
        return self._columns(order[skip : skip + stop - start], by_event[:4], by_session, first, start + 1)

    def _cut(self) -> tuple[int, I64]:
        return self._plan.sessions.shortened_from, self._plan.sessions.shortened

    def _columns(self, order: I32, by_event: Buffers, by_session: Buffers, first: int, first_id: int) -> Columns:
        rows = len(order)
        longs, codes = np.empty((4, rows), np.int64), np.empty((5, rows), np.int8)
        sequence, duration, page = np.empty(rows, np.int32), np.empty(rows, np.float64), np.empty(rows, np.int16)
        kernel.gather(order, by_event, by_session, first, first_id, (longs, sequence, duration, codes, page))
        event_id, user_id, session_id, instant = longs
        kind, source, tier, device, browser = codes
        return Columns(
            *(event_id, user_id, session_id, sequence, kind, instant),
            *(duration, source, tier, device, browser, page),
        )

    def _buffers(self, events: int, sessions: int) -> tuple[Buffers, Buffers]:
        """Scratch space of this thread, kept between chunks: fresh memory costs more than the work on it."""
        if getattr(self._scratch, "events", -1) < events:
            self._scratch.events = events
            self._scratch.by_event = (
                np.empty(events, np.int64),
                np.empty(events, np.int32),
                np.empty((events, 3), np.uint8),
                np.empty(events, np.int16),
                np.empty(events, np.int32),
                np.empty(events + 1, np.int32),
            )
        if getattr(self._scratch, "sessions", -1) < sessions:
            self._scratch.sessions = sessions
            self._scratch.by_session = (np.empty((sessions, 2), np.int64), np.empty((sessions, 3), np.uint8))
        return self._scratch.by_event, self._scratch.by_session


def _strata(arrivals: Arrivals) -> tuple[np.uint64, ...]:
    return (arrivals.key, *(np.uint64(part) for part in (arrivals.width, arrivals.rest, arrivals.rows)))
