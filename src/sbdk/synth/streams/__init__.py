"""Running streams: producers, clocks, sinks."""

from sbdk.synth.dirt.stream import Chunk, Stream
from sbdk.synth.streams.landing import LandingSink, landed_positions
from sbdk.synth.streams.run import StreamsResult, run_streams
from sbdk.synth.streams.sink import Sink, StdoutSink

__all__ = ["Chunk", "LandingSink", "Sink", "StdoutSink", "Stream", "StreamsResult", "landed_positions", "run_streams"]
