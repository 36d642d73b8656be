"""Hashes of dbt's nodes, and which nodes a run has to build because a hash or an input differs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
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


# Code that reads more than its parents: built whenever any other node is.
READS_CATALOG = re.compile(r"\bgraph\.|\binformation_schema\b|\bduckdb_(?:tables|columns|views|schemas)\b")
BUILT = ("model", "seed", "snapshot", "test", "unit_test")


@dataclass(frozen=True)
class AffectedNodes:
    """`nodes`: ids to build; None means all. `rebuild_incremental`: a change of code affects an incremental
    model, so that its old rows have to be replaced."""

    nodes: frozenset[str] | None
    rebuild_incremental: bool


def affected_nodes(manifest: Any, hashes: dict[str, Any], since: dict[str, Any]) -> AffectedNodes:
    """Compare with `since`, the earlier build: `all` and `nodes`, its hashes; `files`, relative to the project, that
    changed; `tables`: names of the raw tables that changed, None for any table.

    An incremental model holds rows of its earlier SQL. When it changed, or a node above it, it has to be built from
    nothing to match its present SQL.
    """
    graph = _Graph(manifest)
    before, now = since["nodes"], hashes["nodes"]
    changed = {name for name, digest in now.items() if before.get(name) != digest} | _seeds_of(manifest, since["files"])
    gone = {name.split(".")[2] for name in before.keys() - now.keys()}
    changed_below = set(now) if since["all"] != hashes["all"] else graph.below(changed, gone)
    rebuild = any(name in manifest.nodes and _incremental(manifest.nodes[name]) for name in changed_below)
    if since["tables"] is None or since["all"] != hashes["all"]:
        return AffectedNodes(None, rebuild)
    sources = {name for name, source in manifest.sources.items() if _is_among(source.identifier, since["tables"])}
    nodes = changed_below | graph.below(sources, since["tables"])
    if nodes:
        nodes |= graph.below(graph.reading_catalog(), ())
    return AffectedNodes(frozenset(name for name in nodes if name.split(".")[0] in BUILT), rebuild)


def _seeds_of(manifest: Any, files: Iterable[str]) -> set[str]:
    """Seeds among the changed files: dbt does not hash the content of large ones."""
    changed_files = set(files)
    return {
        n
        for n, node in manifest.nodes.items()
        if node.resource_type == "seed" and node.original_file_path in changed_files
    }


def _incremental(node: Any) -> bool:
    return bool(node.resource_type == "model" and node.config.materialized == "incremental")


def _is_among(name: str, tables: Iterable[str]) -> bool:
    """Whether it is one of the tables, or a child table of dlt's for a list nested in one."""
    return any(name.lower() == table or name.lower().startswith(f"{table}__") for table in tables)


class _Graph:
    def __init__(self, manifest: Any) -> None:
        manifest.build_parent_and_child_maps()
        self._children: dict[str, list[str]] = manifest.child_map
        self._manifest = manifest
        all_nodes = {**manifest.nodes, **manifest.unit_tests}
        self._texts = {name: self._text(node) for name, node in all_nodes.items()}

    def below(self, names: Iterable[str], words: Iterable[str]) -> set[str]:
        """These nodes, all that depend on them, and those whose code names one of them or of `words`."""
        found: set[str] = set()
        queue, names_to_find = set(names), set(words)
        while queue or names_to_find:
            while queue:
                name = queue.pop()
                found.add(name)
                names_to_find |= self._called(name)
                queue |= set(self._children.get(name, ())) - found
            queue = self._naming(names_to_find) - found
            names_to_find = set()
        return found

    def reading_catalog(self) -> set[str]:
        return {name for name, text in self._texts.items() if READS_CATALOG.search(text)}

    def _called(self, name: str) -> set[str]:
        node = self._manifest.nodes.get(name)
        if node is None or node.resource_type not in ("model", "seed", "snapshot"):
            return set()
        return {node.name, node.alias}

    def _naming(self, words: set[str]) -> set[str]:
        if not words:
            return set()
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})(?:__\w+)?\b", re.IGNORECASE)
        return {name for name, text in self._texts.items() if pattern.search(text)}

    def _text(self, node: Any) -> str:
        """The node's code, with that of the project's macros that it calls, directly or indirectly."""
        found: dict[str, str] = {}
        queue = list(getattr(node.depends_on, "macros", ()))
        while queue:
            macro = self._manifest.macros.get(name := queue.pop())
            if macro is None or name in found or macro.package_name != node.package_name:
                continue
            found[name] = macro.macro_sql
            queue += macro.depends_on.macros
        return "\n".join([getattr(node, "raw_code", None) or "", *found.values()])
