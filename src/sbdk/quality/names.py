"""Names in SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """An identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def qualified(name: str) -> str:
    """`schema.table` with both parts quoted; a name without a dot stands alone. Only the first dot divides."""
    return ".".join(quoted(part) for part in name.split(".", 1))


def bare(name: str) -> str:
    """`schema.table` without the schema."""
    return name.split(".", 1)[-1]
