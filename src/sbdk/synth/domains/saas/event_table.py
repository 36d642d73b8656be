"""raw_events as Arrow: the events of a time range, made from the sessions that reach into it, sorted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.synth.domains.saas.columns import TIMESTAMP, Category, key_field, timestamps
from sbdk.synth.domains.saas.defaults import EVENT_TYPES, REFERRERS, TIERS, WEIGHTS
from sbdk.synth.domains.saas.event_plan import EventPlan
from sbdk.synth.domains.saas.events import PAGES
from sbdk.synth.domains.saas.sessions import LONGEST

_TYPE, _REFERRER, _TIER = Category(EVENT_TYPES), Category(REFERRERS), Category(TIERS)
_DEVICE, _BROWSER = Category(tuple(WEIGHTS["devices"])), Category(tuple(WEIGHTS["browsers"]))
_PAGE = Category(PAGES, pa.int16())

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
    """Rows of raw_events."""

    schema = SCHEMA

    def __init__(self, plan: EventPlan) -> None:
        self._plan = plan

    def count(self, clock: int) -> int:
        """Events before the clock."""
        return int(self._plan.index(clock).ranks[-1])

    def rows(self, start: int, stop: int, clock: int) -> pa.RecordBatch:
        """Rows start..stop−1, all of which lie before the clock."""
        index = self._plan.index(clock)
        first = int(np.searchsorted(index.ranks, start, side="right")) - 1
        last = int(np.searchsorted(index.ranks, stop, side="left"))
        low, high = int(index.times[first]), int(index.times[last])
        skip = start - int(index.ranks[first])
        return self._between(low, high, skip, start, stop)

    def _between(self, low: int, high: int, skip: int, start: int, stop: int) -> pa.RecordBatch:
        sessions, events, users = self._plan.sessions, self._plan.events, self._plan.sessions.users
        arrivals = sessions.arrivals
        rows = np.arange(arrivals.before(low - LONGEST), arrivals.before(high), dtype=np.uint64)
        cells = sessions.cells(rows)
        moments = events.moments(cells)
        inside = np.flatnonzero((moments.instant >= low) & (moments.instant < high))
        order = inside[np.argsort(moments.instant.take(inside), kind="stable")][skip : skip + stop - start]
        place, sequence, random = moments.place.take(order), moments.sequence.take(order), moments.random.take(order)
        country = users.country(cells.user_traits)
        referrer = users.referrer(cells.user_traits, country)
        tier = cells.tier.take(place)
        kind = events.kind(random, tier)
        source = events.source(random, kind, country.take(place), referrer.take(place))
        columns = [
            pa.array(np.arange(start + 1, stop + 1, dtype=np.int64)),
            pa.array(cells.user.take(place) + 1),
            pa.array(cells.row.take(place).astype(np.int64) + 1),
            pa.array(sequence.astype(np.int32) + 1),
            _TYPE.column(kind),
            timestamps(moments.instant.take(order)),
            pa.array((cells.duration * 0.5).take(place)),
            _REFERRER.column(source),
            _TIER.column(tier),
            _DEVICE.column(sessions.device(cells.traits).take(place)),
            _BROWSER.column(sessions.browser(cells.traits).take(place)),
            _PAGE.column(events.page(cells.row.take(place), sequence, kind)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
