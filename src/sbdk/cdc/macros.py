"""The SQL of this room: the Jinja macros that dbt uses (`dbt/*.sql`), rendered without dbt."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

FOLDER = Path(__file__).parent / "dbt"
MATERIALIZATION = "scd.sql"  # dbt's materialization, which plain Jinja cannot render


@functools.cache
def _module() -> Any:
    """All macros as one template module, so that they can call each other, as in dbt."""
    files = sorted(path for path in FOLDER.glob("*.sql") if path.name != MATERIALIZATION)
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    environment = Environment(extensions=["jinja2.ext.do"], undefined=StrictUndefined, autoescape=False)
    return environment.from_string(text).module


def render(macro: str, *arguments: Any) -> str:
    """The text of a macro. Macros may also write results into the dicts and lists that they are given."""
    return str(getattr(_module(), macro)(*arguments))
