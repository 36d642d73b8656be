"""Write the quantile tables of the saas domain, so that no value ever depends on a machine's libm.

Run by hand: `python tools/freeze_tables.py`. The files are package data; a change of them is a change of every world.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import stats

OUT = Path(__file__).parents[1] / "src/sbdk/datasets/saas/data"
KNOTS = 65_536


def exponential_gaps() -> np.ndarray:
    """−ln(1−u) × 2 minutes in whole microseconds at u = 0, 1/65536, … 1; linear between knots.

    The last knot, infinite by the formula, is put two above the one before: the last cell keeps its mean.
    """
    u = np.arange(KNOTS) / KNOTS
    values = -np.log1p(-u)
    return np.rint(np.append(values, values[-1] + 2.0) * 120e6).astype(np.int32)


def gamma_days() -> np.ndarray:
    """Quantiles of Gamma(2, 1/4) truncated at 1, at u = 0, 1/65536, … 1: both ends exact, strictly ascending."""
    law = stats.gamma(2, scale=0.25)
    values = law.ppf(np.arange(KNOTS + 1) / KNOTS * law.cdf(1.0))
    values[0], values[-1] = 0.0, 1.0
    assert (np.diff(values) > 0).all()
    return values


def session_sizes() -> np.ndarray:
    """Alias table (Walker 1977) of max(1, floor(Gamma(2, 2))) on 1..63: rows (threshold in 2^32, alias), 64 slots.

    Slot k stands for size k (slot 0 is never kept); a draw keeps its slot if its 32-bit part is below the threshold.
    """
    law = stats.gamma(2, scale=2)
    p = np.diff(law.cdf(np.arange(65)))
    p[1] += p[0]
    p[0] = 0
    scaled = p / p.sum() * 64
    thresholds, alias = np.full(64, 2**32, dtype=np.int64), np.arange(64)
    small, large = [i for i in range(64) if scaled[i] < 1], [i for i in range(64) if scaled[i] >= 1]
    while small and large:
        low, high = small.pop(), large.pop()
        thresholds[low], alias[low] = round(scaled[low] * 2**32), high
        scaled[high] -= 1 - scaled[low]
        (small if scaled[high] < 1 else large).append(high)
    return np.stack([thresholds, alias])


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    np.save(OUT / "exponential_gaps.npy", exponential_gaps())
    np.save(OUT / "gamma_days.npy", gamma_days())
    np.save(OUT / "session_sizes.npy", session_sizes())
    print(f"wrote {', '.join(sorted(p.name for p in OUT.glob('*.npy')))}")
