"""What a build remembers of dbt's nodes, so that the next run can leave alone what nothing has changed for.

marks      `all` and, by node, `nodes`: what each was built from (sbdk.transform.Marks)
nodes      by id: type and status of every model, seed and test that the build holds
models, aliases, relations     where in the database the models lie; what else dbt made there
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.run.context import Work
from sbdk.run.fingerprints import differing
from sbdk.run.result import DbtCounts

if TYPE_CHECKING:
    from sbdk.transform import Since, TransformResult

# dlt writes into these with every load.
OF_DLT = ("_dlt_loads", "_dlt_pipeline_state", "_dlt_version")


def since_published(work: Work) -> Since | None:
    """What dbt needs to tell what changed since the published build; None when that build does not say."""
    from sbdk.transform import Since

    marks = work.plan.before.get("marks")
    if not marks or work.options.interval or work.plan.empty:
        return None
    tables = sorted(work.changed_tables | set(OF_DLT)) if work.plan.loads else []
    return Since(marks["all"], marks["nodes"], _changed_files(work), tables if work.plan.partial else None)


def _changed_files(work: Work) -> list[str]:
    """Relative to the dbt project."""
    known, root, dbt = work.plan.before["inputs"]["dbt"], work.project.root, work.project.loaded.dbt
    if not isinstance(known, dict):
        return []
    paths = [root / name for name in differing(known, work.plan.inputs["dbt"])]
    return [path.relative_to(dbt).as_posix() for path in paths if path.is_relative_to(dbt)]


def settings_of(work: Work) -> dict[str, Any] | None:
    """What a dbt project rests on besides the files that its nodes come from. None: not worth marks.

    Those are the files at its top (dbt_project.yml, packages), its profiles and the variables that it asks for. An
    interval sets vars of its own, which may stand in the configuration of any node.
    """
    if work.options.interval:
        return None
    digests, loaded = work.plan.inputs["dbt"], work.project.loaded
    tops = {
        folder.relative_to(loaded.root)
        for folder in (loaded.dbt, loaded.profiles)
        if folder.is_relative_to(loaded.root)
    }
    return {
        name: digest
        for name, digest in digests.items()
        if name.startswith("$") or (Path(name).parent in tops and Path(name).suffix != ".md")
    }


def remember_nodes(work: Work, result: TransformResult) -> None:
    """Note what this build holds now, and count: for the run, and for whoever asks later what is published."""
    ran = [*result.models, *result.seeds, *result.snapshots, *result.tests]
    chosen = bool(work.options.select) or work.resumed  # then the rest is what it was, changed or not
    _remember_marks(work, result, {node.id for node in ran}, complete=not chosen)
    nodes = dict(work.facts.get("nodes", {})) if chosen or not result.whole else {}
    if result.marks:
        nodes = {name: node for name, node in nodes.items() if name in result.marks.nodes}
    nodes |= {node.id: [node.type, node.status] for node in ran}
    work.facts["nodes"] = nodes
    work.facts["dbt"] = asdict(count_nodes(nodes.values()))
    work.result.dbt = (
        count_nodes([node.type, node.status] for node in ran) if work.options.select else count_nodes(nodes.values())
    )
    work.result.dbt.models_built = len(result.models)
    work.result.dbt.tests_run = len(result.tests)
    _remember_places(work, result, complete=not chosen)


def count_nodes(nodes: Iterable[Iterable[str]]) -> DbtCounts:
    """Models that were built; data and unit tests by how they ended."""
    pairs = [tuple(node) for node in nodes]
    tests = [status for kind, status in pairs if kind in {"test", "unit_test"}]
    return DbtCounts(
        models=pairs.count(("model", "success")),
        tests_passed=tests.count("pass"),
        tests_failed=tests.count("fail") + tests.count("error"),
        tests_warned=tests.count("warn"),
    )


def _remember_marks(work: Work, result: TransformResult, ran: set[str], *, complete: bool) -> None:
    """Of a node that was not built, the old mark stays: should it differ, the next run builds the node."""
    if result.marks is None:
        return
    fresh, known = result.marks, work.facts.get("marks")
    if complete:
        work.facts["marks"] = asdict(fresh)
    elif known:
        kept = {name: mark for name, mark in known["nodes"].items() if name in fresh.nodes}
        built = {name: mark for name, mark in fresh.nodes.items() if name in ran}
        work.facts["marks"] = {"all": known["all"], "nodes": kept | built}


def _remember_places(work: Work, result: TransformResult, *, complete: bool) -> None:
    relations = result.relations or []
    if complete and result.relations is not None:
        models = {each.name: (each.schema, each.alias) for each in relations if each.type == "model"}
        known: dict[str, Any] = {"models": {}, "aliases": {}}
        work.facts["relations"] = [[each.schema, each.alias] for each in relations]
    else:
        models = {node.name: (node.schema, node.alias or node.name) for node in result.models}
        known = {key: work.facts.get(key, {}) for key in ("models", "aliases")}
    work.facts["models"] = {**known["models"], **{name: schema for name, (schema, _) in models.items()}}
    aliases = {name: alias for name, (_, alias) in models.items() if alias != name}
    work.facts["aliases"] = {**known["aliases"], **aliases}
    left = set() if result.whole else set(models)  # what a partial build leaves alone is as good as built
    built = {node.name for node in result.models if node.status == "success"} | left
    work.facts["built"] = sorted(built | set(work.facts.get("built", ())))
