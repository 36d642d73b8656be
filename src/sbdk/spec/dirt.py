"""The section `dirt`: which defects are planted in which table, and how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from sbdk.core.errors import suggestion

NAMED = ("return", "duplicate", "out_of_order", "late", "orphan", "malformed", "schema_drift")
"""Defects with a name of their own; beside them, missing_<column> and negative_<column> exist for every column."""

PATTERN = rf"^({'|'.join(NAMED)}|(missing|negative)_[A-Za-z_][A-Za-z0-9_]*)$"


def _known_defects(value: object) -> object:
    """ValueError with the nearest defect, where Pydantic would name the pattern that did not match."""
    for table, defects in value.items() if isinstance(value, dict) else ():
        for name in defects if isinstance(defects, dict) else ():
            if not re.match(PATTERN, str(name)):
                hint = suggestion(str(name), NAMED, shown=(*NAMED, "missing_<column>", "negative_<column>"))
                raise ValueError(f"dirt.{table}.{name}: no such defect; {hint}")
    return value


Defect = Annotated[str, Field(pattern=PATTERN)]
Rate = Annotated[float, Field(ge=0, le=1)]
Rates = Annotated[dict[str, dict[Defect, Rate]], BeforeValidator(_known_defects)]


def with_defaults(
    rates: Mapping[str, Mapping[str, float]], defaults: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Rates by table and defect: as declared, else the data set's own. A table in neither has no defects."""
    tables = [*defaults, *(name for name in rates if name not in defaults)]
    return {table: {**defaults.get(table, {}), **rates.get(table, {})} for table in tables}
