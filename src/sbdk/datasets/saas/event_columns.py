"""The columns of raw_events for a time range, in NumPy: made from the sessions that reach into it, then sorted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.columns.choice import Codes
from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.users import profile_of

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
    first, last = plan.reaching_into(low, high)
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
    """The places of the instants in low ≤ instant < high, in stable order of time.

    One word holds time and place where they fit, since NumPy sorts words much faster than it sorts indirectly.
    """
    inside = np.flatnonzero((instant >= low) & (instant < high))
    time, bits = instant.take(inside) - low, len(instant).bit_length()
    if (high - low).bit_length() + bits > 63:
        return inside.take(np.argsort(time, kind="stable"))
    return np.sort((time << bits) + inside) & ((1 << bits) - 1)
