"""Quotes names and texts for SQL, as DuckDB does.

An identifier is in double quotes, a text in single ones; a quote inside is doubled and nothing else is escaped.
Source: DuckDB's documentation, "Keywords and Identifiers" and "Literal Types"; it is standard SQL.
"""

from __future__ import annotations

import re
from pathlib import Path

_PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


def quoted(name: str) -> str:
    """An identifier of any characters but NUL, which DuckDB does not allow."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A text as a string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def qualified(*parts: str) -> str:
    """A name of several parts, each quoted: `"database"."schema"."table"`."""
    return ".".join(map(quoted, parts))


def quoted_table(name: str) -> str:
    """`schema.table` with both parts quoted; a name without a dot is quoted alone. Only the first dot divides."""
    return qualified(*name.split(".", 1))


def bare(name: str) -> str:
    """`schema.table` without the schema."""
    return name.split(".", 1)[-1]


def name_parts(text: str) -> list[str]:
    """The parts of a name as a person writes it, quoted or not: `raw."a.b"` has the parts raw and a.b."""
    return [inside.replace('""', '"') or plain for inside, plain in _PART.findall(text)]
