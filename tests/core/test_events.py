"""An event survives the trip through JSON, and a run's events are numbered without a gap, whoever emits them."""

from __future__ import annotations

import json
import threading
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.core.event_stream import EventStream
from sbdk.core.events import (
    EVENTS,
    DbtCounts,
    Noted,
    Progress,
    RunError,
    RunEvent,
    RunFinished,
    StageSummary,
    TableRows,
    Warned,
    from_json,
)

KINDS = {
    "files_changed", "run_started", "stage_started", "progress", "node_started", "node_finished",
    "warning", "note", "stage_finished", "published", "run_finished",
}  # fmt: skip
MOMENT = datetime(2026, 11, 30, 14, 5, 6, 789, UTC)

texts, counts = st.text(), st.integers(0, 10**12)
seconds = st.floats(0, 1e9)
moments = st.datetimes(timezones=st.just(UTC))
for type_, values in ((str, texts), (float, seconds), (int, counts), (datetime, moments)):
    st.register_type_strategy(type_, values)


@cache
def any_of(kind: str) -> st.SearchStrategy[RunEvent]:
    """Events of a kind with any values, drawn by the types of its fields."""
    event = EVENTS[kind]
    given_fields = {field.name: ... for field in fields(event)}
    return st.builds(event, **given_fields)


def test_the_kinds_are_these() -> None:
    assert set(EVENTS) == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(st.data())
def test_every_event_survives_the_trip_through_json(kind: str, data: st.DataObject) -> None:
    event = data.draw(any_of(kind))
    text = event.to_json()
    assert "\n" not in text
    again = from_json(text)
    assert type(again) is type(event)
    assert again == event
    assert again.at.utcoffset() == timedelta(0)
    assert again.to_json() == text


def test_the_json_is_this() -> None:
    """Programs read it: a change of a name or of the order is a change of the contract."""
    warning = Warned("load", "naïve\n“x”", run_id="r", at=MOMENT, sequence=7)
    assert warning.to_json() == (
        '{"kind": "warning", "run_id": "r", "at": "2026-11-30T14:05:06.000789+00:00", "sequence": 7, '
        '"stage": "load", "text": "naïve\\n“x”"}'
    )
    end = RunFinished(
        "failed", "sbdk dev", 1.5, RunError("check_failed", "m", hint="h"), None,
        (StageSummary("load", "success", 2.0, 10),), (TableRows("raw.a", 3),), DbtCounts(1), ("b",), "PASS",
        run_id="r", at=MOMENT, sequence=8,
    )  # fmt: skip
    assert json.loads(end.to_json()) == {
        "kind": "run_finished", "run_id": "r", "at": "2026-11-30T14:05:06.000789+00:00", "sequence": 8,
        "status": "failed", "command": "sbdk dev", "seconds": 1.5,
        "error": {"code": "check_failed", "message": "m", "file": None, "hint": "h"}, "published": None,
        "stages": [{"name": "load", "status": "success", "seconds": 2.0, "rows": 10, "peak_mb": 0.0}],
        "tables": [{"name": "raw.a", "rows": 3}],
        "dbt": {"models": 1, "tests_passed": 0, "tests_failed": 0, "tests_warned": 0, "models_built": 0,
                "tests_run": 0},
        "stale": ["b"], "validation": "PASS",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"kind": "telepathy", "stage": "load"}', "'telepathy'"),
        ('{"kind": null}', "None"),
        ('{"stage": "load"}', "kind"),
        ("[]", "kind"),
        ("{", "Expecting"),
        ('{"kind": "note", "stage": "load"}', "text"),
        ('{"kind": "note", "stage": "load", "text": 5}', "text"),
        ('{"kind": "note", "stage": "load", "text": "x", "colour": "red"}', "colour"),
    ],
)
def test_what_is_no_event_is_an_error_that_names_the_problem(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        from_json(text)


def test_an_event_cannot_be_changed_and_is_complete_without_a_run() -> None:
    before = datetime.now(UTC)
    event = Noted("", "hello")
    assert (event.run_id, event.sequence) == ("", 0)
    assert before <= event.at <= datetime.now(UTC)
    assert event.at.utcoffset() == timedelta(0)
    with pytest.raises(FrozenInstanceError):
        event.text = "bye"  # type: ignore[misc]


def test_a_stream_numbers_without_gaps_and_in_order_across_threads() -> None:
    received: list[RunEvent] = []
    stream = EventStream("20261130T140506-abcdef", [received.append])
    together = threading.Barrier(8)

    def work(who: int) -> None:
        together.wait()
        for done in range(250):
            stream.emit(Progress(f"{who}", done))

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.sequence for event in received] == list(range(1, 2_001))
    assert {event.run_id for event in received} == {"20261130T140506-abcdef"}
    for who in range(8):
        assert [one.done for one in received if isinstance(one, Progress) and one.stage == f"{who}"] == list(range(250))


def test_two_streams_count_for_themselves() -> None:
    received: list[RunEvent] = []
    one, other = EventStream("one", [received.append]), EventStream("other", [received.append])
    for stream in (one, other, other, one):
        stream.emit(Noted("", "hello"))
    assert [(event.run_id, event.sequence) for event in received] == [
        ("one", 1),
        ("other", 1),
        ("other", 2),
        ("one", 2),
    ]
