"""The answer key: the defects of each emitted record, and the bucket that it belongs in."""

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
