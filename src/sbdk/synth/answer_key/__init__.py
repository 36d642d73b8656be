"""The answer key: what is wrong with which emitted record, and what a pipeline without fault would make of them."""

from sbdk.synth.answer_key.buckets import buckets
from sbdk.synth.answer_key.defects import defects
from sbdk.datasets.retail.truth import repaired, scd1, scd2
from sbdk.datasets.retail.windows import windows
from sbdk.datasets.answer_key import answering, truth_positions, write_truth

__all__ = ["answering", "buckets", "defects", "repaired", "scd1", "scd2", "truth_positions", "windows", "write_truth"]
