"""A warm dbt worker on a copy of the bookstore template as `sbdk init` would write it, and its shop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from sbdk.transform import Worker
from support.book_world import START

VARIABLES = {"start_date": START.date().isoformat()}
NAME = "books.duckdb"
MODELS_ALONE = {**os.environ, "DBT_INDIRECT_SELECTION": "empty"}
"""A selection of models does not bring their tests along."""


def start_on(dbt: Path, scratch: Path, database: Path, **variables: Any) -> Worker:
    return Worker.start(
        sys.executable, dbt, dbt, scratch / "target", scratch / "worker.log", "dev", MODELS_ALONE,
        database=database, variables={**VARIABLES, **variables}, threads=4,
    )  # fmt: skip
