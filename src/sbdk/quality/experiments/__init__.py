"""A/B tests on click-through: lift and its intervals, test, power, split and novelty, for any number at once.

Counts come as Arrow and are summed with NumPy; the distributions are those of `scipy.special`, whose import takes a
tenth of a second where `scipy.stats` takes a whole one.
"""

from sbdk.quality.experiments.analysis import CONCLUSIONS, STATUSES, analyse
from sbdk.quality.experiments.arms import CONTROL, TREATMENT

__all__ = ["CONCLUSIONS", "CONTROL", "STATUSES", "TREATMENT", "analyse"]
