"""Hashes of dbt's nodes, and which nodes a run has to build because a hash or an input differs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .statements import HOOKS, template_text

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
    all_nodes = {**manifest.sources, **nodes_of(manifest), **manifest.unit_tests}
    fields = {name: _hashed_fields(node) for name, node in all_nodes.items()}
    graphs = _Graphs(fields, manifest)
    nodes = {
        name: _hash(fields[name], _own_macros(node, manifest, tests_only), *graphs.read_by(node))
        for name, node in all_nodes.items()
    }
    return {"all": _hash(shared_macros, settings), "nodes": nodes}


def nodes_of(manifest: Any) -> dict[str, Any]:
    """All that dbt builds or tests, without unit tests; functions are kept apart in the manifest."""
    return {**manifest.nodes, **getattr(manifest, "functions", {})}


class _Graphs:
    """What Jinja's `graph` holds, as hashes: of a node that reads it, the hash changes with the other nodes.

    Their code and their tests count only where the reader names them: a comment in one model changes no other.
    """

    def __init__(self, fields: dict[str, dict[str, Any]], manifest: Any) -> None:
        self._fields = fields
        self._manifest = manifest
        self._hashes: dict[tuple[bool, bool], str] = {}

    def read_by(self, node: Any) -> list[str]:
        """The hash of what the node's templates read of the graph; nothing for one that does not read it."""
        text = template_text(node, self._manifest) if hasattr(node, "depends_on") else ""
        if not _READS_GRAPH.search(text):
            return []
        part = bool(_READS_CODE.search(text)), "test" in text
        if part not in self._hashes:
            self._hashes[part] = self._hash_of(*part)
        return [self._hashes[part]]

    def _hash_of(self, code: bool, tests: bool) -> str:
        left_out = frozenset() if code else _CODE
        return _hash(
            {
                name: {key: value for key, value in fields.items() if key not in left_out}
                for name, fields in self._fields.items()
                if tests or name.split(".")[0] not in ("test", "unit_test")
            }
        )


_READS_GRAPH = re.compile(r"\bgraph\b")
_READS_CODE = re.compile(r"\b(?:raw_code|raw_sql|checksum|compiled_code|compiled_sql|language)\b")
_CODE = frozenset({"raw_code", "checksum", "language"})


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


# Templates that ask which tables there are, of nodes whose statements are not known.
READS_CATALOG = re.compile(r"\binformation_schema\b|\bduckdb_(?:tables|columns|views|schemas)\b")
BUILT = ("model", "seed", "snapshot", "test", "unit_test", "function")


@dataclass(frozen=True)
class AffectedNodes:
    """`nodes`: ids to build; None means all. `refreshed`: those whose old rows have to be replaced, because their code
    or that of a node above them changed: incremental models, and seeds."""

    nodes: frozenset[str] | None
    refreshed: frozenset[str] = frozenset()


def affected_nodes(manifest: Any, hashes: dict[str, Any], since: dict[str, Any]) -> AffectedNodes:
    """Compare with `since`, the earlier build, which has the fields of `PreviousBuild`.

    An incremental model holds rows of its earlier SQL. When it changed, or a node above it, it has to be built from
    nothing to match its present SQL.
    """
    graph = _Graph(manifest, since["reads"])
    before, now, files = since["nodes"], hashes["nodes"], set(since["files"])
    changed = {name for name, digest in now.items() if before.get(name) != digest}
    changed |= {name for name, node in nodes_of(manifest).items() if _reads_file(node, files, manifest)}
    gone = {name.split(".")[2] for name in before.keys() - now.keys()}
    changed_below = set(now) if since["all"] != hashes["all"] else graph.below(changed, gone)
    refreshed = frozenset(name for name in changed_below if _is_refreshed(manifest.nodes.get(name), name in changed))
    if since["tables"] is None or since["all"] != hashes["all"]:
        return AffectedNodes(None, refreshed)
    due = {name for name in since["due"] if name in now or name in since["reads"]}
    sources = {name for name, source in manifest.sources.items() if _is_among(source.identifier, since["tables"])}
    nodes = changed_below | graph.below(sources | due, since["tables"])
    if nodes or since["tables"]:
        nodes |= graph.below(graph.reading_catalog(), ())
    selected = frozenset(name for name in nodes if name.split(".")[0] in BUILT)
    if HOOKS in nodes and not selected:  # dbt runs hooks only around nodes
        return AffectedNodes(None, refreshed)
    return AffectedNodes(selected, refreshed)


def _reads_file(node: Any, files: set[str], manifest: Any) -> bool:
    """Whether one of the changed files may be part of the node: a seed's own one, whose content dbt does not hash when
    it is large; for a Python model any module beside the models."""
    if node.resource_type == "seed":
        return node.original_file_path in files
    modules = {name for name in files if name.endswith(".py")}
    if not modules or getattr(node, "language", "sql") != "python":
        return False
    return bool(modules - {each.original_file_path for each in manifest.nodes.values()})


def _is_refreshed(node: Any, changed: bool) -> bool:
    if node is None or node.resource_type not in ("model", "seed"):
        return False
    return changed if node.resource_type == "seed" else node.config.materialized == "incremental"


def _is_among(name: str, tables: Iterable[str]) -> bool:
    """Whether it is one of the tables, or a child table of dlt's for a list nested in one."""
    return any(name.lower() == table or name.lower().startswith(f"{table}__") for table in map(str.lower, tables))


class _Graph:
    """The nodes with their children, and the names that their statements hold, where these are known (`reads`)."""

    def __init__(self, manifest: Any, reads: dict[str, Any]) -> None:
        manifest.build_parent_and_child_maps()
        self._children: dict[str, list[str]] = manifest.child_map
        self._nodes = {**nodes_of(manifest), **manifest.unit_tests}
        self._reads = {name: each for name, each in reads.items() if name in self._nodes or _is_no_node(name)}
        self._names = {name: {known.lower() for known in each["names"]} for name, each in self._reads.items()}
        unread = {name: node for name, node in self._nodes.items() if name not in self._reads}
        self._texts = {name: template_text(node, manifest) for name, node in unread.items()}

    def below(self, names: Iterable[str], words: Iterable[str]) -> set[str]:
        """These nodes, all that depend on them, and those that name one of them or of `words`."""
        found: set[str] = set()
        queue, names_to_find = set(names), {word.lower() for word in words}
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
        asking = {name for name, each in self._reads.items() if each["catalog"]}
        return asking | {name for name, text in self._texts.items() if READS_CATALOG.search(text)}

    def _called(self, name: str) -> set[str]:
        """The names under which SQL finds it. A hook may write to any table that it names."""
        if name == HOOKS:
            return set(self._names[name])
        if _is_no_node(name):
            return {name.removeprefix("sql.")}
        node = self._nodes.get(name)
        if node is None or node.resource_type not in ("model", "seed", "snapshot", "function"):
            return set()
        return {node.name.lower(), node.alias.lower()}

    def _naming(self, words: set[str]) -> set[str]:
        if not words:
            return set()
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})(?:__\w+)?\b", re.IGNORECASE)
        naming = {name for name, names in self._names.items() if any(_is_among(each, words) for each in names)}
        return naming | {name for name, text in self._texts.items() if pattern.search(text)}


def _is_no_node(name: str) -> bool:
    return name == HOOKS or name.startswith("sql.")
