"""Where emitted records go: one narrow interface, and standard output."""

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

    A chunk and the position after it become durable together, or neither: a producer that died asks `position` and
    goes on there. A sink for Kafka keeps its position in the transaction that carries the records.
    """

    def position(self, stream: str) -> int:
        """The first position of the stream that is not there yet."""

    def encode(self, chunk: Chunk) -> Any:
        """The chunk in the form that `write` wants; called ahead, on any thread."""

    def write(self, chunk: Chunk, encoded: Any) -> None:
        """Take chunk.start..chunk.stop−1. Raises for trouble; the position then stays where it was."""

    def close(self) -> None: ...


def text_of(lines: pa.Array) -> memoryview:
    """The bytes of consecutive lines, without a copy."""
    _, offsets, data = lines.buffers()
    if data is None:
        return memoryview(b"")
    edges = memoryview(offsets).cast("q")
    return memoryview(data)[edges[lines.offset] : edges[lines.offset + len(lines)]]


class StdoutSink:
    """One line per record: {"stream": …, "position": …, "record": "…"}. The record is a text, since it may be no JSON.

    With `state`, a file, positions are kept there after each chunk has been flushed: a kill in between repeats a chunk.
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
