"""The answer key: what is wrong with which emitted record, and what a pipeline without fault would make of them."""

from sbdk.synth.truth.buckets import buckets
from sbdk.synth.truth.defects import defects
from sbdk.synth.truth.history import repaired, scd1, scd2
from sbdk.synth.truth.windows import windows
from sbdk.synth.truth.writing import answering, truth_positions, write_truth

__all__ = ["answering", "buckets", "defects", "repaired", "scd1", "scd2", "truth_positions", "windows", "write_truth"]
