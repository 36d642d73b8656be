"""Experiments as rows, from plain counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from sbdk.quality.experiments import analyse


def arms(control_clicks: Any, control_shown: Any, treatment_clicks: Any, treatment_shown: Any, **more: Any) -> pa.Table:
    """One row per arm of many experiments; all four are numbers or arrays of one length."""
    columns = [np.atleast_1d(each) for each in (control_clicks, treatment_clicks, control_shown, treatment_shown)]
    count = len(columns[0])
    return pa.table(
        {
            "experiment_id": np.repeat([f"{number:07d}" for number in range(count)], 2),
            "treatment_group": np.tile(["control", "treatment"], count),
            "clicks": np.stack(columns[:2], 1).ravel(),
            "impressions": np.stack(columns[2:], 1).ravel(),
            **{name: np.repeat(values, 2) for name, values in more.items()},
        }
    )


def one(control_clicks: Any, control_shown: Any, treatment_clicks: Any, treatment_shown: Any, **options: Any) -> Any:
    """The only row of an analysis."""
    (row,) = analyse(arms(control_clicks, control_shown, treatment_clicks, treatment_shown), **options).to_pylist()
    return row
