"""The section `dirt`: which faults are planted in which table, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

NAMED = ("return", "duplicate", "out_of_order", "late", "orphan", "malformed", "schema_drift")
"""Defects with a name of their own; beside them, missing_<column> and negative_<column> exist for every column."""

Defect = Annotated[str, Field(pattern=rf"^({'|'.join(NAMED)}|(missing|negative)_[A-Za-z_][A-Za-z0-9_]*)$")]
Rate = Annotated[float, Field(ge=0, le=1)]
Rates = dict[str, dict[Defect, Rate]]

_ANY = {"duplicate": 0.01, "malformed": 0.001, "schema_drift": 0.0}
_DIMENSION = {**_ANY, "out_of_order": 0.05}
RETAIL: dict[str, dict[str, float]] = {
    "sales": {**_ANY, "return": 0.05, "negative_discount": 0.02, "late": 0.001, "orphan": 0.005},
    "customers": {**_DIMENSION, "missing_email": 0.02},
    "products": _DIMENSION,
    "stores": {**_DIMENSION, "missing_manager": 0.02},
}
"""What the retail streams have unless the configuration says otherwise."""


def with_defaults(rates: Mapping[str, Mapping[str, float]], defaults: Mapping[str, Mapping[str, float]]) -> Rates:
    """Each defect's rate as declared, else the data set's own; a table that nobody names has none."""
    tables = [*defaults, *(name for name in rates if name not in defaults)]
    return {table: {**defaults.get(table, {}), **rates.get(table, {})} for table in tables}
