"""Statements that plant one bad row each, for the tests of templates' data tests."""

from __future__ import annotations

from pathlib import Path

import yaml

CLOCK = "(select now from _sbdk.clock)"


def change(table: str, assignment: str, where: str = "true") -> str:
    """Change one row (the first in the table's order among those that satisfy `where`)."""
    return f"update {table} set {assignment} where rowid = (select min(rowid) from {table} where {where})"


def twice(table: str) -> str:
    return f"insert into {table} from {table} limit 1"


def lose(table: str, where: str = "true") -> str:
    return f"delete from {table} where rowid = (select min(rowid) from {table} where {where})"


def raw(table: str, *assignments: str) -> list[str]:
    return [change(f"raw.{table}", assignment) for assignment in assignments]


def bad_key(table: str, column: str) -> list[str]:
    return [twice(table), change(table, f"{column} = null")]


def named(path: Path) -> set[str]:
    """The names that a file of properties gives to its tests."""
    found: set[str] = set()
    waiting = [yaml.safe_load(path.read_text())]
    while waiting:
        node = waiting.pop()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        found |= {node["name"]} if isinstance(node, dict) and isinstance(node.get("name"), str) else set()
        waiting.extend(children)
    return found
