"""Opens data sets by name or path, and turns a plan of row ranges into batches."""

from sbdk.synth.engine.batches import CHUNK, in_batches
from sbdk.synth.engine.joined import JoinedWorld
from sbdk.synth.engine.opening import datasets, open_dataset, open_worlds

__all__ = ["CHUNK", "JoinedWorld", "datasets", "in_batches", "open_dataset", "open_worlds"]
