"""Everyone hears everything, in order, and nobody can hold the emitter up."""

from __future__ import annotations

import threading

from sbdk.core.event_stream import Broadcast
from sbdk.core.events import Emit, Noted, Progress, RunEvent, StageFinished, StageStarted


def note(text: str) -> Noted:
    return Noted("", text)


def progress(done: int) -> Progress:
    return Progress("load", done)


def test_each_listener_hears_every_event_in_order() -> None:
    broadcast = Broadcast()
    first, second = broadcast.subscribe(), broadcast.subscribe()
    emit: Emit = broadcast.emit
    for text in "abc":
        emit(note(text))
    for listener in (first, second):
        assert [listener.next(0).text for _ in range(3)] == ["a", "b", "c"]  # type: ignore[union-attr]
        assert listener.next(0) is None


def test_a_listener_hears_nothing_from_before_it_came_or_after_it_left() -> None:
    broadcast = Broadcast()
    broadcast.emit(note("before"))
    with broadcast.subscribe() as listener:
        broadcast.emit(note("meanwhile"))
    broadcast.emit(note("after"))
    assert [event.text for event in listener if isinstance(event, Noted)] == ["meanwhile"]


def test_a_listener_that_never_listens_holds_nobody_up_and_keeps_the_latest() -> None:
    broadcast = Broadcast()
    listener = broadcast.subscribe(most=3)
    for number in range(10):
        broadcast.emit(note(str(number)))
    listener.close()
    assert [event.text for event in listener if isinstance(event, Noted)] == ["7", "8", "9"]
    assert listener.dropped == 7


def test_progress_goes_before_anything_that_matters() -> None:
    broadcast = Broadcast()
    listener = broadcast.subscribe(most=3)
    broadcast.emit(StageStarted("load"))
    for done in range(100):
        broadcast.emit(progress(done))
    broadcast.emit(StageFinished("load", "success"))
    listener.close()
    assert [(event.kind, getattr(event, "done", None)) for event in listener] == [
        ("stage_started", None), ("progress", 99), ("stage_finished", None),
    ]  # fmt: skip


def test_one_that_waits_wakes_up_when_something_comes_and_when_it_is_closed() -> None:
    broadcast = Broadcast()
    listener = broadcast.subscribe()
    received: list[RunEvent] = []
    came, waiting = (
        threading.Event(),
        threading.Thread(target=lambda: [(received.append(e), came.set()) for e in listener]),
    )
    waiting.start()
    broadcast.emit(note("hello"))
    assert came.wait(10)
    listener.close()
    waiting.join(10)
    assert not waiting.is_alive()
    assert [event.text for event in received if isinstance(event, Noted)] == ["hello"]


def test_nothing_is_lost_between_many_threads() -> None:
    broadcast = Broadcast()
    listener = broadcast.subscribe(most=10_000)
    emitters = [
        threading.Thread(target=lambda who=who: [broadcast.emit(note(f"{who}:{n}")) for n in range(500)])  # type: ignore[misc]
        for who in range(8)
    ]
    for emitter in emitters:
        emitter.start()
    for emitter in emitters:
        emitter.join()
    listener.close()
    texts = [event.text for event in listener if isinstance(event, Noted)]
    assert len(set(texts)) == 4_000
    for who in range(8):
        own = [text for text in texts if text.startswith(f"{who}:")]
        assert own == [f"{who}:{n}" for n in range(500)]
