"""Which nodes a change touches: those whose marks changed, those that read what changed, and all below them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Looks at more than its parents: built whenever anything is.
LOOKS_AROUND = re.compile(r"\bgraph\.|\binformation_schema\b|\bduckdb_(?:tables|columns|views|schemas)\b")
BUILT = ("model", "seed", "snapshot", "test", "unit_test")


@dataclass(frozen=True)
class AffectedNodes:
    """`nodes`: ids to build; None means all. `anew`: an incremental model is among those whose making changed."""

    nodes: frozenset[str] | None
    anew: bool


def affected_nodes(manifest: Any, marks: dict[str, Any], since: dict[str, Any]) -> AffectedNodes:
    """Compare with `since`: `all` and `nodes`, the marks of then; `files`, relative to the project, that changed;
    `tables`: names of the raw tables that changed, None for any table.

    An incremental model holds rows that its earlier SQL made. When its own making changed, or that of a node above
    it, it has to be built from nothing to hold what its SQL says now.
    """
    graph = _Graph(manifest)
    then, now = since["nodes"], marks["nodes"]
    changed = {name for name, mark in now.items() if then.get(name) != mark} | _seeds_of(manifest, since["files"])
    gone = {name.split(".")[2] for name in then.keys() - now.keys()}
    made_anew = set(now) if since["all"] != marks["all"] else graph.below(changed, gone)
    anew = any(name in manifest.nodes and _incremental(manifest.nodes[name]) for name in made_anew)
    if since["tables"] is None or since["all"] != marks["all"]:
        return AffectedNodes(None, anew)
    sources = {name for name, source in manifest.sources.items() if _is_among(source.identifier, since["tables"])}
    nodes = made_anew | graph.below(sources, since["tables"])
    if nodes:
        nodes |= graph.below(graph.looking_around(), ())
    return AffectedNodes(frozenset(name for name in nodes if name.split(".")[0] in BUILT), anew)


def _seeds_of(manifest: Any, files: Iterable[str]) -> set[str]:
    """dbt takes no notice of the content of a large seed."""
    chosen = set(files)
    return {
        n for n, node in manifest.nodes.items() if node.resource_type == "seed" and node.original_file_path in chosen
    }


def _incremental(node: Any) -> bool:
    return bool(node.resource_type == "model" and node.config.materialized == "incremental")


def _is_among(name: str, tables: Iterable[str]) -> bool:
    """Whether it is one of the tables, or one that dlt makes of a list nested in it."""
    return any(name.lower() == table or name.lower().startswith(f"{table}__") for table in tables)


class _Graph:
    def __init__(self, manifest: Any) -> None:
        manifest.build_parent_and_child_maps()
        self._children: dict[str, list[str]] = manifest.child_map
        self._manifest = manifest
        every = {**manifest.nodes, **manifest.unit_tests}
        self._texts = {name: self._text(node) for name, node in every.items()}

    def below(self, names: Iterable[str], words: Iterable[str]) -> set[str]:
        """These nodes, all that depend on them, and those that name one of them, or one of `words`, without `ref`."""
        found: set[str] = set()
        ahead, spoken = set(names), set(words)
        while ahead or spoken:
            while ahead:
                name = ahead.pop()
                found.add(name)
                spoken |= self._called(name)
                ahead |= set(self._children.get(name, ())) - found
            ahead = self._naming(spoken) - found
            spoken = set()
        return found

    def looking_around(self) -> set[str]:
        return {name for name, text in self._texts.items() if LOOKS_AROUND.search(text)}

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
        """Its code, and that of the project's macros that it calls, directly or through one another."""
        found: dict[str, str] = {}
        ahead = list(getattr(node.depends_on, "macros", ()))
        while ahead:
            macro = self._manifest.macros.get(name := ahead.pop())
            if macro is None or name in found or macro.package_name != node.package_name:
                continue
            found[name] = macro.macro_sql
            ahead += macro.depends_on.macros
        return "\n".join([getattr(node, "raw_code", None) or "", *found.values()])
