"""The status of each node: from the current run, else the last run, else the published build."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.server.dashboard.lineage.graph import Node, NodeStatus

if TYPE_CHECKING:
    from sbdk.server.dashboard.queries.published_state import PublishedState
    from sbdk.state.record_parts import Validation

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
