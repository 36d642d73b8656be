"""The raw tables that a file of `pipelines/` loads, from its text and the last build; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from sbdk.state.record_parts import PipelineRecord


def tables_of(folder: Path, pipelines: Mapping[str, PipelineRecord], raw: set[str]) -> dict[str, list[str]]:
    """Raw tables (of `raw`) by file name. Tables that no file names belong to the only file that names none, if any."""
    known: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.py")):
        record = pipelines.get(path.name, PipelineRecord())
        named = {*record.tables, *(f"raw_{name}" for name in record.streams), *_declared_names(path)}
        known[path.name] = sorted(named & raw)
    left = sorted(raw - {table for tables in known.values() for table in tables})
    without = [name for name, tables in known.items() if not tables]
    if left and len(without) == 1:
        known[without[0]] = left
    return known


def _declared_names(path: Path) -> set[str]:
    """Names of dlt resources: `name=` and `table_name=` in the decorator, else the function's own."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names |= {
                str(word.value.value)
                for word in node.keywords
                if word.arg in ("name", "table_name") and isinstance(word.value, ast.Constant)
            }
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            names.add(node.name)
    return names
