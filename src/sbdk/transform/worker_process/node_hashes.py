"""A hash for every node of a dbt project, which changes when dbt may build something else from the node.

A hash covers more than dbt's `state:modified`. What cannot be assigned to nodes (macros, vars, the project's settings)
goes into one hash for all: when in doubt, everything is built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

# Location, time and documentation of a node, which do not change what it builds.
NOT_HASHED = frozenset(
    {"created_at", "patch_path", "build_path", "doc_blocks", "docs", "depends_on", "freshness", "_event_status"}
    | {"loaded_at_field", "loaded_at_query", "source_description", "root_path"}
    | {"unrendered_config", "unrendered_config_call_dict", "primary_key"}
)


def node_hashes(manifest: Any, settings: Any) -> dict[str, Any]:
    """`all`: one hash for the inputs of every node, with `settings` (JSON). `nodes`: by id, sources too."""
    tests_only = _macros_of_tests(manifest)
    shared_macros = {name: macro.macro_sql for name, macro in manifest.macros.items() if name not in tests_only}
    all_nodes = {**manifest.sources, **manifest.nodes, **manifest.unit_tests}
    nodes = {
        name: _hash(_hashed_fields(node), _own_macros(node, manifest, tests_only)) for name, node in all_nodes.items()
    }
    return {"all": _hash(shared_macros, settings), "nodes": nodes}


def _hashed_fields(node: Any) -> dict[str, Any]:
    fields = {name: value for name, value in node.to_dict(omit_none=True).items() if name not in NOT_HASHED}
    fields["parents"] = sorted(getattr(node.depends_on, "nodes", ())) if hasattr(node, "depends_on") else []
    config = fields.get("config", {})
    config = {name: value for name, value in config.items() if name not in NOT_HASHED}
    if not config.get("persist_docs"):
        fields.pop("description", None)
        fields["columns"] = {name: _undescribed(column) for name, column in fields.get("columns", {}).items()}
    return {**fields, "config": config}


def _undescribed(column: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if name not in {"description", "doc_blocks"}}


def _macros_of_tests(manifest: Any) -> frozenset[str]:
    """Macros of the project's own generic tests that only tests call: only the hashes of those tests cover them."""
    own = {
        name
        for name, macro in manifest.macros.items()
        if macro.name.startswith("test_") and macro.package_name == manifest.metadata.project_name
    }
    others = [node for node in manifest.nodes.values() if node.resource_type != "test"]
    called = {name for node in (*others, *manifest.macros.values()) for name in node.depends_on.macros}
    return frozenset(own - called)


def _own_macros(node: Any, manifest: Any, tests_only: frozenset[str]) -> list[str]:
    called: Iterable[str] = getattr(getattr(node, "depends_on", None), "macros", ())
    return [manifest.macros[name].macro_sql for name in sorted(set(called) & tests_only)]


def _hash(*parts: Any) -> str:
    """16 hexadecimal digits: with a million nodes, one chance in ten million that two are equal."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
