"""The answer key: what is wrong with which emitted record, and in which bucket it ends."""

from sbdk.synth.answer_key.classify import BUCKETS, ClassifiedRecords, Classifier, bucket_table, buckets
from sbdk.synth.answer_key.defects import UNKNOWN, defect_table, defects

__all__ = [
    "BUCKETS",
    "UNKNOWN",
    "ClassifiedRecords",
    "Classifier",
    "bucket_table",
    "buckets",
    "defect_table",
    "defects",
]
