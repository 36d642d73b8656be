"""What decides the cells of a declared table, as one hash."""

from __future__ import annotations

import inspect
import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sbdk.datasets.declared.api import Generator
from sbdk.datasets.declared.table import TablePlan

ENGINE = 1
"""Raised whenever a built-in generator changes what it makes."""


def fingerprint(table: TablePlan, version: int, plans: dict[str, TablePlan]) -> str:
    """Changes with seed, range, options, a user's generator's source, and all that in the tables it looks at."""
    settings = table.settings
    world = [ENGINE, version, settings.seed, settings.start.isoformat(), settings.anchor.isoformat(), settings.locale]
    looked_at = sorted({*_looked_at(table.name, plans)})
    content = {name: _table(plans[name]) for name in looked_at}
    text = json.dumps([world, table.name, content], default=str)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _looked_at(name: str, plans: dict[str, TablePlan], seen: tuple[str, ...] = ()) -> set[str]:
    table = plans[name]
    others = {other for made in table.generators.values() for other in made.tables()}
    others |= {table.spec.per.parent} if table.spec.per else set()
    found = {name}
    for other in others - {name, *seen}:
        found |= _looked_at(other, plans, (*seen, name))
    return found


def _table(table: TablePlan) -> dict[str, Any]:
    """All that decides a cell. The order of columns does not; that of the values of a choice does."""
    said = table.spec.model_dump(mode="json", exclude={"description", "columns"})
    columns = sorted(table.spec.columns.items())
    said["columns"] = [
        (name, sorted(c.model_dump(mode="json", exclude={"description"}).items())) for name, c in columns
    ]
    said["made_by"] = [(made.version, _source(made)) for _, made in sorted(table.generators.items())]
    return said


def _source(made_by: Generator) -> str:
    """A hash of the file a user's generator is written in; empty for a built-in one."""
    kind = type(made_by)
    if kind.__module__.startswith("sbdk."):
        return ""
    try:
        written_in = inspect.getsourcefile(getattr(kind, "written_as", kind))
        return blake2b(Path(written_in or "").read_bytes(), digest_size=16).hexdigest()
    except (OSError, TypeError):
        return kind.__module__
