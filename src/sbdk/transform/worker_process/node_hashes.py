"""A mark for every node of a dbt project: it changes when what dbt would build from the node may have changed.

More is taken into a mark than dbt's `state:modified` looks at, and what cannot be tied to nodes (macros, vars, the
project's own settings) into one mark for all: when in doubt, everything is built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

# Where and when a node was found and what is said about it, not what it does.
NOT_MARKED = frozenset(
    {"created_at", "patch_path", "build_path", "doc_blocks", "docs", "depends_on", "freshness", "_event_status"}
    | {"loaded_at_field", "loaded_at_query", "source_description", "root_path"}
    | {"unrendered_config", "unrendered_config_call_dict", "primary_key"}
)


def node_hashes(manifest: Any, settings: Any) -> dict[str, Any]:
    """`all`: one mark for what every node rests on, with `settings` (JSON) in it. `nodes`: by id, sources too."""
    tests_only = _macros_of_tests(manifest)
    rest = {name: macro.macro_sql for name, macro in manifest.macros.items() if name not in tests_only}
    every = {**manifest.sources, **manifest.nodes, **manifest.unit_tests}
    nodes = {name: _mark(_essence(node), _own_macros(node, manifest, tests_only)) for name, node in every.items()}
    return {"all": _mark(rest, settings), "nodes": nodes}


def _essence(node: Any) -> dict[str, Any]:
    fields = {name: value for name, value in node.to_dict(omit_none=True).items() if name not in NOT_MARKED}
    fields["parents"] = sorted(getattr(node.depends_on, "nodes", ())) if hasattr(node, "depends_on") else []
    config = fields.get("config", {})
    config = {name: value for name, value in config.items() if name not in NOT_MARKED}
    if not config.get("persist_docs"):
        fields.pop("description", None)
        fields["columns"] = {name: _undescribed(column) for name, column in fields.get("columns", {}).items()}
    return {**fields, "config": config}


def _undescribed(column: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if name not in {"description", "doc_blocks"}}


def _macros_of_tests(manifest: Any) -> frozenset[str]:
    """Generic tests of the project's own that nothing but tests calls: only those tests rest on them."""
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


def _mark(*parts: Any) -> str:
    """16 hexadecimal digits: with a million nodes, one chance in ten million that two of them meet."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
