"""The conservation law: each received record is in exactly one bucket."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from sbdk.synth.columns import dictionary, timestamps
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.answer_key.classify import BUCKETS, Judge, Judged
from sbdk.synth.answer_key.text import keys
from sbdk.synth.table import World


def buckets(
    world: World, dirt: Dirt, table: str, start: int, stop: int, *, seen: Mapping[str, int] | None = None
) -> pa.Table:
    """table, position, key, emitted_at, bucket of each emitted record start ≤ position < stop.

    bucket: quarantined (malformed, a column vanished, a negative value that must not be), else duplicate, else late,
    else held (a parent is not there), else loaded. seen: how many records of each dimension have been emitted; without
    it, held is who came before its parent, whether or not that came since.
    """
    return bucket_table(table, Judge(world, dirt, table, seen).judge(start, stop))


def bucket_table(table: str, judged: Judged) -> pa.Table:
    """The same of records that are judged."""
    chunk = judged.chunk
    size = chunk.stop - chunk.start
    columns = {
        "table": dictionary(np.zeros(size, np.int8), [table]).cast(pa.string()),
        "position": pa.array(np.arange(chunk.start, chunk.stop)),
        "key": keys(chunk),
        "emitted_at": timestamps(chunk.span.at),
        "bucket": dictionary(judged.bucket, BUCKETS).cast(pa.string()),
    }
    return pa.table(columns)
