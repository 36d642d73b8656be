"""Groups laid end to end: sessions of events, users of stories, stories of orders."""

from __future__ import annotations

import numpy as np

from sbdk.datasets.saas.arrivals import I64


def spread(counts: I64) -> tuple[I64, I64]:
    """For counts (2, 0, 3): the group of each item, (0, 0, 2, 2, 2), and its place there, (0, 1, 0, 1, 2).

    A running sum of marks instead of np.repeat, which is slower and keeps other threads waiting.
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    group = np.cumsum(np.bincount(ends[:-1], minlength=total)[:total])
    return group, np.arange(total) - (ends - counts).take(group)
