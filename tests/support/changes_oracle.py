"""What a change feed makes of a table, event by event in plain Python: sort by sequence, then fold.

Written from the documentation of AUTO CDC and docs/cdc.md, not from the SQL. An event is a dict: key, seq, kind
("upsert", "delete", "truncate") and values (a tuple, in column order).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
RANK = {"upsert": 0, "delete": 1, "truncate": 2}


def null_first(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((value is not None, value if value is not None else 0) for value in values)


def strength(event: Event) -> tuple[Any, ...]:
    """Of events with the same key and sequence, the strongest one counts."""
    return RANK[event["kind"]], null_first(event["values"]) if event["kind"] == "upsert" else ()


@dataclass
class Rules:
    width: int
    scd_type: int = 2
    tracked: frozenset[int] | None = None  # positions of values; None: all
    ignore_nulls: bool = False


def by_key(events: Iterable[Event]) -> dict[Any, list[Event]]:
    """Each key's events in order, one per sequence, without those that a truncate made void."""
    events = list(events)
    voided = [event["seq"] for event in events if event["kind"] == "truncate"]
    strongest: dict[tuple[Any, Any], Event] = {}
    for event in events:
        if event["kind"] == "truncate" or (voided and event["seq"] <= max(voided)):
            continue
        place = (event["key"], event["seq"])
        if place not in strongest or strength(event) > strength(strongest[place]):
            strongest[place] = event
    keys: dict[Any, list[Event]] = {}
    for (key, _), event in sorted(strongest.items(), key=lambda item: item[0][1]):
        keys.setdefault(key, []).append(event)
    return keys


def versions(events: list[Event], rules: Rules) -> list[list[Any]]:
    """[values, from, to] of one key's ordered events."""
    history: list[list[Any]] = []
    current: list[Any] | None = None
    for event in events:
        if event["kind"] == "delete":
            if current:
                current[2] = event["seq"]
            current = None
            continue
        values = event["values"]
        if rules.ignore_nulls and current:
            values = tuple(old if new is None else new for old, new in zip(current[0], values, strict=True))
        if current and all(current[0][i] == values[i] for i in watched(rules)):
            current[0] = values
            continue
        if current:
            current[2] = event["seq"]
        current = [values, event["seq"], None]
        history.append(current)
    return history


def watched(rules: Rules) -> Iterable[int]:
    return range(rules.width) if rules.tracked is None else rules.tracked


def table(events: Iterable[Event], rules: Rules) -> list[tuple[Any, ...]]:
    """The rows, sorted: (key, *values, from, to) for type 2, (key, *values) for type 1."""
    rows: list[tuple[Any, ...]] = []
    for key, ordered in by_key(events).items():
        history = versions(ordered, rules)
        if rules.scd_type == 2:
            rows += [(key, *values, begin, end) for values, begin, end in history]
        else:
            rows += [(key, *values) for values, _, end in history if end is None]
    return sorted(rows, key=repr)


class Bounded:
    """Batches with a lateness: which events are accepted. The horizon moves between batches, never back."""

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.accepted: list[Event] = []
        self.horizon: int | None = None

    def add(self, batch: list[Event]) -> int:
        """Take a batch in; how many events were refused."""
        fits = [event for event in batch if self.horizon is None or event["seq"] >= self.horizon]
        self.accepted += fits
        if self.accepted:
            behind = max(event["seq"] for event in self.accepted) - self.lateness
            self.horizon = behind if self.horizon is None else max(behind, self.horizon)
        return len(batch) - len(fits)
