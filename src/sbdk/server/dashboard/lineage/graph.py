"""The lineage graph: pipelines, raw tables, seeds, models and snapshots, each with its parents and its status.

The raw tables of a pipeline file are read from its text and the last build; nothing is imported. A status is that of
the current run, else of the last run, else of the published build.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sbdk.server.dashboard.lineage.dbt_manifest import DbtManifest, DbtNode
from sbdk.state.record_parts import PipelineRecord

if TYPE_CHECKING:
    from sbdk.server.dashboard.queries.published_state import PublishedState
    from sbdk.spec.project import ProjectSpec
    from sbdk.state.record_parts import Validation


OWN_SCHEMA = "_sbdk"
"""The schema of sbdk's own tables, such as the clock; they are left out of the graph."""
NodeStatus = Literal["ok", "failed", "stale", "running", "new"]


@dataclass(frozen=True)
class Node:
    """`kind`: pipeline, raw, seed, model, snapshot. `key`: the node's id in dbt, or `raw:…`, `pipeline:…`."""

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


def build_graph(project: ProjectSpec, manifest: DbtManifest, published: PublishedState) -> dict[str, Node]:
    """The nodes by key: pipelines, raw tables, then the nodes of dbt."""
    dataset = project.config.dlt.dataset_name
    rows = published.rows
    raw = {name.split(".", 1)[1] for name in rows if name.split(".", 1)[0] == dataset}
    raw |= {node.table for node in manifest.nodes.values() if node.kind == "source" and node.schema == dataset}
    nodes = _loaded_nodes(project, published, raw, dataset)
    places = {(node.schema, node.table): node.key for node in nodes.values()}
    keys = {node.id: places.get((node.schema, node.table), node.id) for node in manifest.nodes.values()}
    tests = Counter(test.node for test in manifest.tests)
    for source in (node for node in manifest.nodes.values() if node.schema != OWN_SCHEMA):
        key, count = keys[source.id], tests[source.id]
        nodes[key] = _with_source(nodes[key], source, count) if key in nodes else _dbt_node(source, keys, rows, count)
    return nodes


def _loaded_nodes(project: ProjectSpec, published: PublishedState, raw: set[str], dataset: str) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    parents: dict[str, list[str]] = {}
    for file, tables in tables_of(project.pipelines, published.contents.pipelines, raw).items():
        key = f"pipeline:{file}"
        nodes[key] = Node(key, "pipeline", file, file=f"{project.config.pipelines_path}/{file}")
        for table in tables:
            parents.setdefault(table, []).append(key)
    for table in sorted(raw):
        key = f"raw:{table}"
        counted = published.rows.get(f"{dataset}.{table}")
        nodes[key] = Node(key, "raw", table, dataset, table, rows=counted, parents=parents.get(table, []))
    return nodes


def _with_source(raw: Node, source: DbtNode, tests: int) -> Node:
    """A raw table with the description of the dbt source for it."""
    return replace(raw, description=source.description, tests=raw.tests + tests, file=source.file)


def _dbt_node(node: DbtNode, keys: dict[str, str], rows: dict[str, int], tests: int) -> Node:
    return Node(
        node.id,
        "raw" if node.kind == "source" else node.kind,
        node.name,
        node.schema,
        node.table,
        node.description,
        node.file,
        rows.get(f"{node.schema}.{node.table}"),
        tests,
        node.materialized,
        list(dict.fromkeys(keys[parent] for parent in node.parents if parent in keys)),
    )


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


_FAILED = {"error", "fail", "runtime error", "partial success"}


def node_statuses(
    nodes: Mapping[str, Node],
    published: PublishedState,
    *,
    results: Mapping[str, str],
    error_file: str | None,
    tests_of: Mapping[str, list[str]],
    failed_tables: Container[str],
) -> dict[str, NodeStatus]:
    """The status of each of `nodes`, by key.

    `results`: dbt's status by id, of the last or current run; `tests_of`: ids of the tests of each dbt node.
    `error_file`: the file in which the last run failed; `failed_tables`: schema.table read by its failed checks.
    """
    return {
        key: "failed"
        if f"{node.schema}.{node.table}" in failed_tables
        else _status(node, published, results, error_file, tests_of.get(key, []))
        for key, node in nodes.items()
    }


def _status(
    node: Node, published: PublishedState, results: Mapping[str, str], error_file: str | None, tests: list[str]
) -> NodeStatus:
    status = results.get(node.key, "")
    if error_file and node.file and Path(error_file).as_posix().endswith("/" + node.file):
        return "failed"
    if status in _FAILED or any(results.get(test) in _FAILED for test in tests):
        return "failed"
    if status == "running" or any(results.get(test) == "running" for test in tests):
        return "running"
    if node.kind == "raw" and _is_invalid(published.contents.validation, node.table):
        return "failed"
    if status == "skipped" or node.name in published.contents.dbt.stale:
        return "stale"
    return "ok" if status == "success" or _is_published(node, published) else "new"


def _is_invalid(validation: Validation | None, table: str) -> bool:
    return validation is not None and table in validation.failed


def _is_published(node: Node, published: PublishedState) -> bool:
    contents = published.contents
    if node.kind == "pipeline":
        return node.name in contents.pipelines
    if node.kind in ("seed", "snapshot"):
        return published.build is not None
    return f"{node.schema}.{node.table}" in published.rows or node.name in contents.dbt.models


def last_results(target: Path, published_at: float | None) -> dict[str, str]:
    """dbt's statuses by id, from the results of the last run; empty when a build was published after them."""
    path = target / "run_results.json"
    try:
        if published_at is not None and path.stat().st_mtime < published_at:
            return {}
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
        return {str(result["unique_id"]): str(result["status"]) for result in results}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
