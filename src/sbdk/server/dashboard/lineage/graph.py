"""Pipelines, raw tables, seeds, models and snapshots, and who is made from whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sbdk.server.dashboard.lineage.dbt_manifest import DbtManifest, DbtNode
from sbdk.server.dashboard.lineage.pipeline_tables import tables_of

if TYPE_CHECKING:
    from sbdk.server.dashboard.queries.published_state import Standing
    from sbdk.spec.project import ProjectSpec

OWN_SCHEMA = "_sbdk"
"""Our own tables in the file: the clock is no source that anybody asks for."""
State = Literal["ok", "failed", "stale", "running", "new"]


@dataclass(frozen=True)
class Node:
    """`kind`: pipeline, raw, seed, model, snapshot. `key`: its id in dbt, or `raw:…`, `pipeline:…`."""

    key: str
    kind: str
    name: str
    schema: str = ""
    table: str = ""
    description: str = ""
    file: str = ""
    rows: int | None = None
    tests: int = 0
    materialized: str = ""
    parents: list[str] = field(default_factory=list)


def build_graph(project: ProjectSpec, manifest: DbtManifest, standing: Standing) -> dict[str, Node]:
    """By key, parents before children as far as possible."""
    dataset = project.config.dlt.dataset_name
    rows = standing.rows
    raw = {name.split(".", 1)[1] for name in rows if name.split(".", 1)[0] == dataset}
    raw |= {node.table for node in manifest.nodes.values() if node.kind == "source" and node.schema == dataset}
    nodes = _loaded(project, standing, raw, dataset)
    places = {(node.schema, node.table): node.key for node in nodes.values()}
    keys = {node.id: places.get((node.schema, node.table), node.id) for node in manifest.nodes.values()}
    tests = Counter(test.node for test in manifest.tests)
    for one in (node for node in manifest.nodes.values() if node.schema != OWN_SCHEMA):
        key = keys[one.id]
        nodes[key] = (
            _merged(nodes[key], one, tests[one.id]) if key in nodes else _of_dbt(one, keys, rows, tests[one.id])
        )
    return nodes


def _loaded(project: ProjectSpec, standing: Standing, raw: set[str], dataset: str) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    parents: dict[str, list[str]] = {}
    for file, tables in tables_of(project.pipelines, standing.contents.pipelines, raw).items():
        key = f"pipeline:{file}"
        nodes[key] = Node(key, "pipeline", file, file=f"{project.config.pipelines_path}/{file}")
        for table in tables:
            parents.setdefault(table, []).append(key)
    for table in sorted(raw):
        key = f"raw:{table}"
        counted = standing.rows.get(f"{dataset}.{table}")
        nodes[key] = Node(key, "raw", table, dataset, table, rows=counted, parents=parents.get(table, []))
    return nodes


def _merged(raw: Node, source: DbtNode, tests: int) -> Node:
    """A raw table that a dbt source describes."""
    about = {**vars(raw), "description": source.description, "tests": raw.tests + tests, "file": source.file}
    return Node(**about)


def _of_dbt(one: DbtNode, keys: dict[str, str], rows: dict[str, int], tests: int) -> Node:
    return Node(
        one.id,
        "raw" if one.kind == "source" else one.kind,
        one.name,
        one.schema,
        one.table,
        one.description,
        one.file,
        rows.get(f"{one.schema}.{one.table}"),
        tests,
        one.materialized,
        list(dict.fromkeys(keys[parent] for parent in one.parents if parent in keys)),
    )
