"""dbt's results and exceptions as plain dictionaries, with what a person needs: file, line, SQL, the rows' query."""

from __future__ import annotations

import re
from typing import Any

FILE = re.compile(r"(?:[\w.-]+[/\\])+[\w.-]+\.(?:sql|yml|yaml|py|csv|md)|(?:dbt_project|profiles|packages)\.yml")
LINE = re.compile(r"\bline (\d+)|LINE (\d+):")


def nodes_of(result: Any) -> list[dict[str, Any]]:
    """One dictionary per node that dbt built, tested or skipped, in the order in which they finished."""
    return [_node(item) for item in getattr(result, "results", None) or []]


def freshness_of(result: Any) -> list[dict[str, Any]]:
    """One dictionary per source with a freshness limit."""
    return [_source(item) for item in getattr(result, "results", None) or []]


def failure_of(error: BaseException) -> dict[str, Any]:
    """What stopped dbt before or between the nodes: code (parse | dbt), message, file and line where dbt names them."""
    text = str(error).strip()
    node = getattr(error, "node", None)
    file = getattr(node, "original_file_path", None) or _first(FILE, text)
    return {
        "code": type(error).__name__,
        "message": text or type(error).__name__,
        "file": file,
        "line": _line(text),
    }


def _node(item: Any) -> dict[str, Any]:
    node = item.node
    test = node.resource_type in ("test", "unit_test")
    return {
        "id": node.unique_id,
        "name": node.name,
        "type": str(node.resource_type),
        "schema": node.schema,
        "status": str(item.status),
        "seconds": round(item.execution_time, 4),
        "message": item.message,
        "file": node.original_file_path,
        "line": _line(item.message or "") if str(item.status) == "error" else None,
        "rows": (item.adapter_response or {}).get("rows_affected"),
        "failures": item.failures,
        "severity": str(node.config.severity).lower() if node.resource_type == "test" else "error",
        "model": _tested(node) if test else None,
        "compiled_sql": getattr(node, "compiled_code", None) if test or str(item.status) == "error" else None,
        "materialized": getattr(node.config, "materialized", None),
    }


def _source(item: Any) -> dict[str, Any]:
    loaded = getattr(item, "max_loaded_at", None)
    return {
        "name": f"{item.node.source_name}.{item.node.name}",
        "status": str(item.status),
        "age_seconds": getattr(item, "age", None),
        "loaded_at": loaded.isoformat() if loaded else None,
        "message": item.message,
    }


def _tested(node: Any) -> str | None:
    """The name of the model, seed, snapshot or source that a test is about."""
    named = getattr(node, "tested_node_unique_id", None) or getattr(node, "attached_node", None)
    attached = named or next(iter(node.depends_on.nodes), None)
    return str(attached).split(".")[-1] if attached else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found.group() if found else None


def _line(text: str) -> int | None:
    found = LINE.search(text)
    return int(found.group(1) or found.group(2)) if found else None
