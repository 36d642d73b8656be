"""The events of a range of sessions in one pass of machine code: sessions.py, events.py and event_table.py, which use
NumPy, written for numba. The same bytes: integers and IEEE + − × / only, no fast-math. Imported on use (numba takes
half a second), within `kept_machine_code()`.
"""

# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: C901  (one loop, so that a session's numbers stay in registers)

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=bool(numba.config.CACHE_DIR), error_model="numpy")

_LOW32 = np.uint64(0xFFFF_FFFF)
_LOW16 = np.uint64(0xFFFF)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S6, _S11, _S16, _S26, _S27, _S30, _S31, _S32, _S48, _S58 = (
    np.uint64(shift) for shift in (6, 11, 16, 26, 27, 30, 31, 32, 48, 58)
)
_HOUR = np.int64(3_600_000_000)
_UNIT32, _UNIT53 = 2.0**-32, 2.0**-53
_ACTIVITY = 0.9 * 2.0**-32


@numba.njit(inline="always")
def _bits(key: Any, row: Any) -> Any:
    z = row * _GOLDEN + key
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@numba.njit(inline="always")
def _stratum(row: Any, width: Any, rest: Any, rows: Any) -> Any:
    return row * width + row * rest // rows


@numba.njit(inline="always")
def _place(row: Any, of: Any, halve_first: bool) -> Any:
    """Mass at which a row lies; `of` is (key, width, rest, rows) of its arrivals."""
    low = _stratum(row, of[1], of[2], of[3])
    room = np.float64(np.int64(_stratum(row + np.uint64(1), of[1], of[2], of[3]) - low))
    if halve_first and row == np.uint64(0):
        room = room * 0.5
    inside = np.float64(np.int64(_bits(of[0], row) >> _S11)) * _UNIT53 * room
    return np.int64(low) + np.int64(inside)


@numba.njit(inline="always")
def _within(place: Any, edges: Any, hour: Any) -> Any:
    """Microseconds into its hour."""
    share = np.float64(place - edges[hour]) / np.float64(edges[hour + 1] - edges[hour])
    return np.int64(share * np.float64(_HOUR))


@numba.njit(inline="always")
def _draw(slots: Any, word: Any, shift: Any, profile: Any) -> Any:
    return slots[(np.int64(profile) << 16) + np.int64((word >> shift) & _LOW16)]


@numba.njit(inline="always")
def _user(session: Any, hour: Any, inside: Any, keys: Any, arrivals: Any, user_edges: Any, present: Any) -> Any:
    low, high = present[hour], present[hour + 1]
    drawn = np.int64(0)
    for turn in range(32):
        word = _bits(keys[2], session * np.uint64(32) + np.uint64(turn))
        drawn = np.int64(((word >> _S32) * np.uint64(high)) >> _S32)
        chance = np.float64(np.int64(word & _LOW32)) * _UNIT32
        activity = np.float64(np.int64(_bits(keys[3], np.uint64(drawn)) >> _S32)) * _ACTIVITY + 0.1
        if chance >= activity:
            continue
        if drawn < low or _within(_place(np.uint64(drawn), arrivals, True), user_edges, hour) < inside:
            return drawn
    return drawn % low


@_jit
def events_between(
    span: Any, keys: Any, sessions: Any, users: Any, tables: Any, slots: Any, pages: Any, by_event: Any, by_session: Any
) -> int:
    """The events of a range of sessions in (session, sequence) order; returns their number, −1 if there is no room.

    Takes tuples: span (first session, session to stop before, low ≤ time < high, start of the calendar), keys (size,
    session traits, session user, propensities, user traits, event, page), sessions (arrivals, edges, users present,
    first cut session, sizes of the cut ones), users (arrivals, edges), tables (session sizes, gaps), slots and pages.
    Fills by_event (time, place of the session, (sequence, type, source), page) and by_session ((user, duration in half
    minutes), (tier, device, browser)).
    """
    first, stop, low, high, start = span
    opening, edges, present, cut_from, cut = sessions
    arrivals, user_edges = users
    sizes, gaps = tables
    tiers, countries, referrers, devices, browsers, types, sources = slots
    page_first, page_count, page_list = pages
    instant, place, small, page = by_event
    user_and_duration, traits_of = by_session
    hour = np.int64(0)
    count = 0
    factors = (2, 3, 4, 5)
    for row in range(first, stop):
        session = np.uint64(row)
        mass = _place(session, opening, False)
        if row == first:
            hour = np.searchsorted(edges, mass, side="right") - 1
        while edges[hour + 1] <= mass:
            hour += 1
        inside = _within(mass, edges, hour)
        word = _bits(keys[0], session)
        slot = np.int64(word >> _S58)
        planned = slot
        if np.int64((word >> _S26) & _LOW32) >= sizes[0, slot]:
            planned = sizes[1, slot]
        size = planned
        if 0 <= row - cut_from < len(cut):
            size = cut[row - cut_from]
        if count + size > len(instant):
            return -1
        user = _user(session, hour, inside, keys, arrivals, user_edges, present)
        person = _bits(keys[4], np.uint64(user))
        tier = np.int64(_draw(tiers, person, np.uint64(0), 0))
        japan = np.int64(_draw(countries, person, _S16, 0) == 6)
        referrer = _draw(referrers, person, _S32, japan)
        traits = _bits(keys[1], session)
        duration = (((np.int64((traits >> _S32) & _LOW16) * 19) >> 16) + 2) * factors[tier]
        cap = duration * 30_000_000 // planned
        here = row - first
        user_and_duration[here, 0], user_and_duration[here, 1] = user, duration
        traits_of[here, 0] = tier
        traits_of[here, 1] = _draw(devices, traits, np.uint64(0), 0)
        traits_of[here, 2] = _draw(browsers, traits, _S16, 0)
        when = start + hour * _HOUR + inside
        for sequence in range(size):
            cell = (session << _S6) + np.uint64(sequence)
            chance = _bits(keys[5], cell)
            if sequence > 0:
                knot = np.int64(chance & _LOW16)
                base = np.int64(gaps[knot])
                more = ((np.int64(gaps[knot + 1]) - base) * np.int64((chance >> _S16) & _LOW16)) >> 16
                when += min(base + more, cap - 1) + 1
            if when < low or when >= high:
                continue
            kind = np.int64(_draw(types, chance, _S32, tier))
            profile = japan
            if kind == 3 or kind == 4:
                profile = np.int64(2)
            drawn = _draw(sources, chance, _S48, profile)
            source = referrer if drawn == 0 else drawn - 1
            which = np.int64(((_bits(keys[6], cell) >> _S32) * page_count[kind]) >> _S32)
            instant[count] = when
            place[count] = here
            small[count, 0], small[count, 1], small[count, 2] = sequence, kind, source
            page[count] = page_list[page_first[kind] + which]
            count += 1
    return count


@_jit
def order_by_time(instant: Any, count: int, low: int, high: int, order: Any, heads: Any) -> None:
    """Stable order of instant[:count], all in low ≤ time < high: counting sort into even bins, then insertion."""
    bins = len(heads) - 1
    scale = np.float64(bins) / np.float64(high - low)
    heads[:] = 0
    for i in range(count):
        heads[np.int64(np.float64(instant[i] - low) * scale) + 1] += 1
    for each in range(bins):
        heads[each + 1] += heads[each]
    for i in range(count):
        bin_ = np.int64(np.float64(instant[i] - low) * scale)
        order[heads[bin_]] = i
        heads[bin_] += 1
    for i in range(1, count):
        item = order[i]
        j = i - 1
        while j >= 0 and instant[order[j]] > instant[item]:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = item


@_jit
def gather(order: Any, by_event: Any, by_session: Any, first_session: int, first_id: int, columns: Any) -> None:
    """Columns in the given order: longs (event id, user id, session id, time), sequence, duration in minutes, codes
    (type, source, tier, device, browser), page."""
    instant, place, small, page = by_event
    user_and_duration, traits_of = by_session
    longs, sequence, duration, codes, pages = columns
    for i in range(len(order)):
        item = order[i]
        here = place[item]
        longs[0, i] = first_id + i
        longs[1, i] = user_and_duration[here, 0] + 1
        longs[2, i] = first_session + here + 1
        longs[3, i] = instant[item]
        sequence[i] = np.int32(small[item, 0]) + 1
        duration[i] = np.float64(user_and_duration[here, 1]) * 0.5
        codes[0, i] = small[item, 1]
        codes[1, i] = small[item, 2]
        for column in range(3):
            codes[2 + column, i] = traits_of[here, column]
        pages[i] = page[item]
