"""Names and texts in SQL: the one definition of how DuckDB quotes them.

An identifier stands in double quotes, a text in single ones; inside, the quote itself is doubled and nothing else is
escaped. Source: DuckDB's documentation, "Keywords and Identifiers" and "Literal Types"; it is standard SQL.
"""

from __future__ import annotations

import re
from pathlib import Path

_PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


def quoted(name: str) -> str:
    """An identifier, whatever characters it holds, but for NUL, which DuckDB has no place for."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A text as a string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def qualified(*parts: str) -> str:
    """A name of several parts, each quoted: `"database"."schema"."table"`."""
    return ".".join(map(quoted, parts))


def quoted_table(name: str) -> str:
    """`schema.table` with both parts quoted; a name without a dot stands alone. Only the first dot divides."""
    return qualified(*name.split(".", 1))


def bare(name: str) -> str:
    """`schema.table` without the schema."""
    return name.split(".", 1)[-1]


def name_parts(text: str) -> list[str]:
    """The parts of a name as a person writes it, quoted or not: `raw."a.b"` has the parts raw and a.b."""
    return [inside.replace('""', '"') or plain for inside, plain in _PART.findall(text)]
