"""Four producers: one may be stalled while the others go on; sales wait for the dimensions they refer to."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest

from sbdk.synth.dirt import dirt_of
from sbdk.synth.streams import run_streams
from support.emitting import retail

WORLD = retail(42)
DIRT = dirt_of(WORLD, 42, {})


class Watched:
    """A sink in memory that may be held at a stream, and notes who came when."""

    def __init__(self, stalled: str | None = None) -> None:
        self.positions: dict[str, int] = {}
        self.seen: list[tuple[str, int]] = []
        self.stalled, self.gate = stalled, Event()

    def position(self, stream: str) -> int:
        return self.positions.get(stream, 0)

    def encode(self, chunk):
        return None

    def write(self, chunk, encoded) -> None:
        name = chunk.stream.name
        if name == self.stalled:
            self.gate.wait(30)
        self.positions[name] = chunk.stop
        self.seen.append((name, int(chunk.span.at.max(initial=0))))

    def close(self) -> None: ...


@pytest.mark.parametrize("stalled", ["sales", "stores", "customers", "products"])
def test_a_stalled_stream_does_not_hold_the_dimensions(stalled):
    sink, others = Watched(stalled), {"stores", "customers", "products"} - {stalled}
    running = Thread(target=run_streams, args=(WORLD, DIRT, sink), kwargs={"batches": 60, "batches_per_file": 3})
    running.start()
    end = {name: name_end(name) for name in others}
    deadline = time.monotonic() + 20
    while any(sink.position(name) < end[name] for name in others) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert {name: sink.position(name) for name in others} == end
    assert sink.position(stalled) == 0
    assert sink.position("sales") == 0  # whoever is stalled: sales are never ahead
    sink.gate.set()
    running.join(30)
    assert not running.is_alive()
    assert sink.position("sales") > 29_000


def name_end(name: str) -> int:
    from sbdk.synth.dirt.stream import Stream

    return Stream(WORLD, name, DIRT).count(WORLD.start + 60 * 300_000_000)


def test_sales_are_never_ahead_of_their_dimensions():
    sink = Watched()
    run_streams(WORLD, DIRT, sink, batches=96, batches_per_file=2)
    reached = dict.fromkeys(("stores", "customers", "products"), 0)
    counts = dict.fromkeys(reached, 0)
    for name, at in sink.seen:
        if name == "sales":
            batch = (at - WORLD.start) // 600_000_000
            assert all(count > batch for count in counts.values())
        else:
            counts[name] += 1


def test_what_a_sink_raises_ends_all_and_comes_out():
    class Broken(Watched):
        def write(self, chunk, encoded) -> None:
            if chunk.stream.name == "products":
                raise OSError("the broker is gone")
            super().write(chunk, encoded)

    with pytest.raises(OSError, match="the broker is gone"):
        run_streams(WORLD, DIRT, Broken(), batches=10_000, batches_per_file=1)


def test_asked_to_stop_it_stops():
    stop, sink = Event(), Watched()
    running = Thread(
        target=run_streams, args=(WORLD, DIRT, sink), kwargs={"clock": "real", "interval": 0.05, "stop": stop}
    )
    running.start()
    while sink.position("sales") < 1_000:
        time.sleep(0.01)
    stop.set()
    running.join(10)
    assert not running.is_alive()
