"""The dbt project of the last parse, in `.sbdk/target/partial_parse.msgpack`: models, seeds, sources, tests."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

FILE = "partial_parse.msgpack"
_KINDS = ("model", "seed", "snapshot", "source")


@dataclass(frozen=True)
class DbtNode:
    """`parents`: ids. `columns`: descriptions by column. `file` is relative to the dbt project."""

    id: str
    kind: str
    name: str
    schema: str
    table: str
    description: str
    file: str
    parents: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    materialized: str = ""


@dataclass(frozen=True)
class DbtTest:
    """A data or unit test. `about`: ids of the nodes that it reads; `node`: id of the node that declares it."""

    id: str
    name: str
    kind: str
    node: str
    column: str
    severity: str
    about: tuple[str, ...]


@dataclass(frozen=True)
class DbtManifest:
    nodes: dict[str, DbtNode] = field(default_factory=dict)
    tests: list[DbtTest] = field(default_factory=list)

    def tests_on(self, schema: str, table: str) -> list[DbtTest]:
        """The tests of a table: those declared on its node, and those that read it and are declared on no node."""
        return self._tests.get((schema, table), [])

    def node_of(self, schema: str, table: str) -> DbtNode | None:
        """The model, seed or snapshot that builds a table; else the source that describes it."""
        return self._node_by_table.get((schema, table))

    @cached_property
    def _node_by_table(self) -> dict[tuple[str, str], DbtNode]:
        ordered = sorted(self.nodes.values(), key=lambda node: node.kind != "source")
        return {(node.schema, node.table): node for node in ordered}

    @cached_property
    def _tests(self) -> dict[tuple[str, str], list[DbtTest]]:
        by_table: dict[tuple[str, str], dict[str, DbtTest]] = {}
        for test in self.tests:
            for key in (test.node,) if test.node else test.about:
                if node := self.nodes.get(key):
                    by_table.setdefault((node.schema, node.table), {})[test.id] = test
        return {table: list(tests.values()) for table, tests in by_table.items()}


def read_dbt_manifest(target: Path) -> DbtManifest:
    """The manifest; empty when the file is missing or cannot be read."""
    path = target / FILE
    try:
        info = os.stat(path)
    except OSError:
        return DbtManifest()
    return _read(path, info.st_mtime_ns, info.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, changed: int, size: int) -> DbtManifest:
    import msgpack  # type: ignore[import-untyped]

    try:
        parsed = msgpack.unpackb(path.read_bytes(), strict_map_key=False)
        nodes, sources = parsed["nodes"].values(), parsed["sources"].values()
        kept = {raw["unique_id"]: _node(raw) for raw in (*nodes, *sources) if raw["resource_type"] in _KINDS}
        raw_tests = [raw for raw in nodes if raw["resource_type"] == "test"]
        return DbtManifest(kept, [_test(raw) for raw in (*raw_tests, *parsed.get("unit_tests", {}).values())])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return DbtManifest()


def _node(raw: dict[str, Any]) -> DbtNode:
    columns = {name: column.get("description") or "" for name, column in raw["columns"].items()}
    return DbtNode(
        raw["unique_id"],
        raw["resource_type"],
        raw["name"],
        raw["schema"],
        raw.get("alias") or raw.get("identifier") or raw["name"],
        (raw.get("description") or "").strip(),
        raw["original_file_path"],
        tuple((raw.get("depends_on") or {}).get("nodes", ())),
        columns,
        raw["config"].get("materialized") or "",
    )


def _test(raw: dict[str, Any]) -> DbtTest:
    about = tuple(raw["depends_on"]["nodes"])
    if raw["resource_type"] == "unit_test":
        return DbtTest(raw["unique_id"], raw["name"], "unit test", about[0] if about else "", "", "error", about)
    kind = (raw.get("test_metadata") or {}).get("name") or "query"
    severity = str(raw["config"].get("severity") or "error").lower()
    node, column = raw.get("attached_node") or "", raw.get("column_name") or ""
    return DbtTest(raw["unique_id"], raw["name"], kind, node, column, severity, about)
