"""The part of the build record about dbt's nodes, by which the next run builds only what changed."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.events import DbtCounts
from sbdk.run.context import RunContext
from sbdk.run.fingerprints import differing
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import DbtRecord, DbtRelation, NodeState, count_nodes

if TYPE_CHECKING:
    from sbdk.transform import BuiltRelation, NodeHashes, PreviousBuild, TransformResult
    from sbdk.transform.results import NodeResult

# dlt writes to these in every load.
DLT_TABLES = ("_dlt_loads", "_dlt_pipeline_state", "_dlt_version")


def published_nodes(context: RunContext, so_far: RecordDraft) -> PreviousBuild | None:
    """The published build, for dbt to compare with; None when its record has no node hashes, or they do not apply."""
    from sbdk.transform import PreviousBuild

    known, plan = context.known.dbt, context.plan
    if known.project_hash is None or context.options.interval or plan.empty:
        return None
    tables = sorted({*so_far.loaded_tables, *DLT_TABLES}) if plan.loads else []
    return PreviousBuild(
        known.project_hash, known.node_hashes, _changed_files(context), tables if plan.partial else None
    )


def _changed_files(context: RunContext) -> list[str]:
    """Relative to the dbt project."""
    known, now, dbt = context.known.inputs.dbt, context.plan.inputs.dbt, context.loaded.dbt
    if known is None or now is None:
        return []
    paths = [context.loaded.root / name for name in differing(known, now)]
    return [path.relative_to(dbt).as_posix() for path in paths if path.is_relative_to(dbt)]


def project_settings(context: RunContext) -> dict[str, str] | None:
    """Digests of the inputs of a dbt project besides the files of its nodes. None: there are no comparable hashes.

    These are the files at its top (dbt_project.yml, packages), its profiles and the environment variables it reads.
    An interval sets vars of its own, which the configuration of any node may use.
    """
    if context.options.interval:
        return None
    loaded = context.loaded
    tops = {
        folder.relative_to(loaded.root)
        for folder in (loaded.dbt, loaded.profiles)
        if folder.is_relative_to(loaded.root)
    }
    return {
        name: digest
        for name, digest in (context.plan.inputs.dbt or {}).items()
        if name.startswith("$") or (Path(name).parent in tops and Path(name).suffix != ".md")
    }


def with_nodes(context: RunContext, so_far: RecordDraft, result: TransformResult) -> RecordDraft:
    """The draft with the dbt part updated by the results."""
    selected = bool(context.options.select) or context.resumed  # then the other nodes stay as they were, changed or not
    executed = _executed_nodes(result)
    record = _with_hashes(so_far.dbt, result.hashes, {node.id for node in executed}, complete=not selected)
    kept = record.nodes if selected or not result.whole else {}
    if result.hashes:
        kept = {name: node for name, node in kept.items() if name in result.hashes.nodes}
    nodes = {**kept, **{node.id: NodeState(node.type, node.status) for node in executed}}
    relations = _relations(record, result, complete=not selected)
    built = {node.name for node in result.models if node.status == "success"}
    if not result.whole:  # a partial build skips only nodes that are up to date
        built |= _current_models(result, complete=not selected)
    return replace(
        so_far,
        dbt=replace(record, nodes=nodes, relations=relations),
        built=tuple(sorted({*built, *so_far.built})),
    )


def dbt_counts(context: RunContext, draft: RecordDraft, result: TransformResult) -> DbtCounts:
    """Counts for the run's result: of the whole build, or of the selected nodes; and of those that this run built."""
    counts = count_nodes(_executed_nodes(result)) if context.options.select else draft.dbt.counts
    return DbtCounts(**asdict(counts), models_built=len(result.models), tests_run=len(result.tests))


def _executed_nodes(result: TransformResult) -> list[NodeResult]:
    return [*result.models, *result.seeds, *result.snapshots, *result.tests]


def _with_hashes(known: DbtRecord, fresh: NodeHashes | None, executed: set[str], *, complete: bool) -> DbtRecord:
    """A node that was not built keeps its old hash: if that differs, the next run builds the node."""
    if fresh is None or not (complete or known.project_hash is not None):
        return known
    if complete:
        return replace(known, project_hash=fresh.all, node_hashes=dict(fresh.nodes))
    kept = {name: digest for name, digest in known.node_hashes.items() if name in fresh.nodes}
    built = {name: digest for name, digest in fresh.nodes.items() if name in executed}
    return replace(known, node_hashes=kept | built)


def _relations(known: DbtRecord, result: TransformResult, *, complete: bool) -> tuple[DbtRelation, ...]:
    """All relations of the dbt project if it listed them, else the known ones with the models of this run replaced."""
    if complete and result.relations is not None:
        return tuple(_relation(each) for each in result.relations)
    built = [DbtRelation(node.schema, node.alias or node.name, node.name) for node in result.models]
    fresh = {each.model: each for each in built}
    unchanged = [each for each in known.relations if each.model is None or each.model not in fresh]
    return (*unchanged, *fresh.values())


def _relation(relation: BuiltRelation) -> DbtRelation:
    return DbtRelation(relation.schema, relation.alias, relation.name if relation.type == "model" else None)


def _current_models(result: TransformResult, *, complete: bool) -> set[str]:
    """The models of the project, or those of this run where dbt did not list them all."""
    if complete and result.relations is not None:
        return {each.name for each in result.relations if each.type == "model"}
    return {node.name for node in result.models}
