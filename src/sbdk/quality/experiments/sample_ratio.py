"""The test of the split: an experiment whose impressions were not split as planned proves nothing."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from sbdk.quality.experiments.arms import Arm, Floats, ratio

MISMATCH_LEVEL = 0.001
"""Below this the split is a mismatch: Kohavi, Tang, Xu (2020), Trustworthy Online Controlled Experiments, ch. 21."""


def split_test(treatment: Arm, control: Arm, planned_share: Floats) -> tuple[Floats, Floats]:
    """(chi-square with one degree of freedom, p-value) of the impressions against the treatment's planned share.

    Fabijan, A. et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD, 2156–2164. One
    arm without impressions is a mismatch like another; NaN where both are empty.
    """
    total = treatment.impressions + control.impressions
    expected = total * planned_share
    off = (treatment.impressions - expected) ** 2
    statistic = ratio(off, expected) + ratio(off, total - expected)
    return statistic, np.where(np.isnan(statistic), np.nan, chdtrc(1, np.nan_to_num(statistic)))
