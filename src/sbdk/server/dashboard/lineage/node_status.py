"""How each node is: as the run that goes on tells, else the last run, else the published build."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.server.dashboard.lineage.graph import Node, State

if TYPE_CHECKING:
    from sbdk.server.dashboard.queries.published_state import Standing
    from sbdk.state.record_parts import Validation

_BAD = {"error", "fail", "runtime error", "partial success"}


def states(
    nodes: Mapping[str, Node],
    standing: Standing,
    *,
    results: Mapping[str, str],
    error_file: str | None,
    tests_of: Mapping[str, list[str]],
    bad: Container[str],
) -> dict[str, State]:
    """`results`: dbt's status by id, of the last or present run; `tests_of`: ids of the tests of each dbt node.

    `error_file`: where the last run failed; `bad`: schema.table of what its failed checks read.
    """
    return {
        key: "failed"
        if f"{node.schema}.{node.table}" in bad
        else _state(node, standing, results, error_file, tests_of.get(key, []))
        for key, node in nodes.items()
    }


def _state(
    node: Node, standing: Standing, results: Mapping[str, str], error_file: str | None, tests: list[str]
) -> State:
    mine = results.get(node.key, "")
    if error_file and node.file and Path(error_file).as_posix().endswith("/" + node.file):
        return "failed"
    if mine in _BAD or any(results.get(test) in _BAD for test in tests):
        return "failed"
    if mine == "running" or any(results.get(test) == "running" for test in tests):
        return "running"
    if node.kind == "raw" and _invalid(standing.contents.validation, node.table):
        return "failed"
    if mine == "skipped" or node.name in standing.contents.dbt.stale:
        return "stale"
    return "ok" if mine == "success" or _published(node, standing) else "new"


def _invalid(validation: Validation | None, table: str) -> bool:
    return validation is not None and table in validation.failed


def _published(node: Node, standing: Standing) -> bool:
    contents = standing.contents
    if node.kind == "pipeline":
        return node.name in contents.pipelines
    if node.kind in ("seed", "snapshot"):
        return standing.build is not None
    return f"{node.schema}.{node.table}" in standing.rows or node.name in contents.dbt.models


def last_results(target: Path, published_at: float | None) -> dict[str, str]:
    """dbt's statuses by id, kept of a run that failed; empty when a build was published since."""
    path = target / "run_results.json"
    try:
        if published_at is not None and path.stat().st_mtime < published_at:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))["results"]
        return {str(one["unique_id"]): str(one["status"]) for one in found}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
