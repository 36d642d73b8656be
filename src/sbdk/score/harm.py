"""How much of a table's worth a fault takes: functions of shares, 0..1, that every grader uses.

Both rise with the share and are steep at first, so that one wrong cell of many costs something that is seen, and a
fault in every tenth row costs most of what one in every row costs.
"""

from __future__ import annotations

import math


def cell_harm(wrong: float, rows: float) -> float:
    """The harm of a column of which `wrong` of `rows` cells are wrong: 0.64 for a tenth, 1 for all."""
    share = min(1.0, wrong / rows) if rows else float(bool(wrong))
    return 0.6 * min(1.0, math.sqrt(10 * share)) + 0.4 * share


def row_harm(missing: float, surplus: float, rows: float) -> float:
    """The harm of rows that are missing, or too many, of `rows`: 0.75 for a half, 0.95 for nine tenths, 1 for all."""
    share = min(1.0, (missing + surplus) / rows) if rows else float(bool(missing + surplus))
    return 0.5 * min(1.0, math.sqrt(5 * share)) + 0.5 * share
