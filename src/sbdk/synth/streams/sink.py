"""Sinks of emitted records: the interface, and standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from sbdk.core.files import atomic_write
from sbdk.synth.dirt.stream import Chunk


class Sink(Protocol):
    """Takes chunks of each stream in order, without gap and never empty, from that stream's thread.

    A chunk and the position after it become durable together, or neither: a restarted producer continues at
    `position`. A sink for Kafka keeps its position in the transaction that carries the records.
    """

    def position(self, stream: str) -> int:
        """The next position of the stream."""

    def encode(self, chunk: Chunk) -> Any:
        """The chunk in the form that `write` takes; called ahead, on any thread."""

    def write(self, chunk: Chunk, encoded: Any) -> None:
        """Write the records chunk.start..chunk.stop−1. If it raises, the position is unchanged."""

    def close(self) -> None: ...


def text_of(lines: pa.Array) -> memoryview:
    """The bytes of consecutive lines, without a copy."""
    _, offsets, data = lines.buffers()
    if data is None:
        return memoryview(b"")
    edges = memoryview(offsets).cast("q")
    return memoryview(data)[edges[lines.offset] : edges[lines.offset + len(lines)]]


class StdoutSink:
    """One line per record: {"stream": …, "position": …, "record": "…"}. A record may be broken JSON, hence a string.

    With `state`, a file, positions are written there after each chunk is flushed: a kill in between repeats a chunk.
    """

    def __init__(self, state: Path | None = None, out: BinaryIO | None = None) -> None:
        self._out = out or sys.stdout.buffer
        self._state = state
        self._lock = Lock()
        self._positions: dict[str, int] = json.loads(state.read_text()) if state and state.exists() else {}

    def position(self, stream: str) -> int:
        return self._positions.get(stream, 0)

    def encode(self, chunk: Chunk) -> bytes:
        """The lines."""
        head = f'{{"stream":{json.dumps(chunk.stream.name)},"position":'
        records = enumerate(chunk.lines.to_pylist(), chunk.start)
        texts = (f'{head}{at},"record":{json.dumps(line[:-1], ensure_ascii=False)}}}\n' for at, line in records)
        return "".join(texts).encode()

    def write(self, chunk: Chunk, encoded: bytes) -> None:
        with self._lock:
            self._out.write(encoded)
            self._out.flush()
            self._positions[chunk.stream.name] = chunk.stop
            if self._state:
                atomic_write(self._state, json.dumps(self._positions), durable=False)

    def close(self) -> None:
        self._out.flush()
