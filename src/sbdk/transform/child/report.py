"""dbt's results as plain dictionaries, with what a person needs: file, line, SQL, the query of the bad rows."""

from __future__ import annotations

import os
from typing import Any

from .failures import line_in, plain


def nodes_of(result: Any) -> list[dict[str, Any]]:
    """One dictionary per node that dbt built, tested or skipped, in the order in which they finished."""
    return [_node(item) for item in getattr(result, "results", None) or []]


def relations_of(manifest: Any) -> list[list[str]]:
    """What a whole build leaves in the database: type (model or seed), name, schema and alias of each."""
    return [
        [str(node.resource_type), node.name, node.schema, node.alias]
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed") and node.config.materialized != "ephemeral"
    ]


def _node(item: Any) -> dict[str, Any]:
    node = item.node
    test = node.resource_type in ("test", "unit_test")
    return {
        "id": node.unique_id,
        "name": node.name,
        "type": "hook" if str(node.resource_type) == "operation" else str(node.resource_type),
        "schema": node.schema,
        "status": str(item.status),
        "seconds": round(item.execution_time, 4),
        "message": plain(item.message),
        "file": os.path.normpath(node.original_file_path),
        "line": line_in(item.message) if str(item.status) == "error" else None,
        "rows": (item.adapter_response or {}).get("rows_affected"),
        "failures": item.failures,
        "severity": str(node.config.severity).lower() if node.resource_type == "test" else "error",
        "model": _tested(node) if test else None,
        "compiled_sql": _sql(node) if test or str(item.status) == "error" else None,
        "materialized": getattr(node.config, "materialized", None),
        "alias": getattr(node, "alias", None),
    }


def _tested(node: Any) -> str | None:
    """The name of the model, seed, snapshot or source that a test is about."""
    named = getattr(node, "tested_node_unique_id", None) or getattr(node, "attached_node", None)
    attached = named or next(iter(node.depends_on.nodes), None)
    return str(attached).split(".")[-1] if attached else None


def _sql(node: Any) -> str | None:
    compiled = getattr(node, "compiled_code", None)
    return compiled.strip() if compiled else None
