"""The SQL of this room: the Jinja macros that dbt uses (`dbt/*.sql`), rendered without dbt."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

FOLDER = Path(__file__).parent / "dbt"
MATERIALIZATION = "scd.sql"  # the one file that only dbt understands


@functools.cache
def _module() -> Any:
    """All macros as one module, so that they find each other, as they do in dbt."""
    files = sorted(path for path in FOLDER.glob("*.sql") if path.name != MATERIALIZATION)
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    environment = Environment(extensions=["jinja2.ext.do"], undefined=StrictUndefined, autoescape=False)
    return environment.from_string(text).module


def render(macro: str, *arguments: Any) -> str:
    """The text that a macro makes. Macros may also put what they found into the dicts and lists they are given."""
    return str(getattr(_module(), macro)(*arguments))
