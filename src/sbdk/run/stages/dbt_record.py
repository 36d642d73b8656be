"""The part of the build record about dbt's nodes, by which the next run builds only what changed."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.events import DbtCounts
from sbdk.run.context import RunContext
from sbdk.run.fingerprints import LOOKED_UP, differing
from sbdk.run.node_reads import due_nodes, with_reads
from sbdk.run.stages.relations import former_snapshots
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import DbtRecord, DbtRelation, Inputs, NodeState, count_nodes

if TYPE_CHECKING:
    from sbdk.transform import BuiltRelation, NodeHashes, PreviousBuild, TransformResult
    from sbdk.transform.results import NodeResult

# dlt writes to these in every load.
DLT_TABLES = ("_dlt_loads", "_dlt_pipeline_state", "_dlt_version")


def published_nodes(context: RunContext, so_far: RecordDraft) -> PreviousBuild | None:
    """The published build, for dbt to compare with; None when its record has no node hashes, or they do not apply."""
    from sbdk.transform import PreviousBuild

    known, plan = context.known.dbt, context.plan
    tables = sorted({*so_far.loaded_tables, *DLT_TABLES}) if plan.loads else []
    partial, before = plan.partial, context.known.inputs
    if context.resumed and so_far.transformed:  # compare with what the failed run has built
        known, partial, tables, before = so_far.dbt, True, [], so_far.inputs
    if known.project_hash is None or context.options.interval or plan.empty:
        return None
    due = due_nodes(known, context.loaded.root, changes_only=context.options.changes_only)
    changed = _changed_inputs(context, before)
    looked_up = any(name.startswith(LOOKED_UP) for name in changed)  # nobody knows by which nodes
    return PreviousBuild(
        "" if looked_up else known.project_hash,
        known.node_hashes,
        _below_dbt(context, changed),
        tables if partial else None,
        {node: asdict(reads) for node, reads in (known.reads or {}).items()},
        due,
    )


def _changed_inputs(context: RunContext, before: Inputs) -> list[str]:
    """Names of files and variables, as in the inputs of a build."""
    now = context.plan.inputs.dbt
    return differing(before.dbt, now) if before.dbt is not None and now is not None else []


def _below_dbt(context: RunContext, names: list[str]) -> list[str]:
    """The files among the names, relative to the dbt project."""
    paths, dbt = [context.loaded.root / name for name in names], context.loaded.dbt
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
        if (name.startswith("$") and not name.startswith(LOOKED_UP))
        or (Path(name).parent in tops and Path(name).suffix != ".md")
    }


def with_nodes(context: RunContext, so_far: RecordDraft, result: TransformResult, began: int) -> RecordDraft:
    """The draft with the dbt part updated by the results. `began`: when dbt began, in ns."""
    selected = bool(context.options.select)  # then the other nodes stay as they were, changed or not
    executed = _executed_nodes(result)
    record = _with_hashes(so_far.dbt, result.hashes, executed, complete=not selected)
    record = with_reads(record, result, context.loaded.root, began)
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
        transformed=not selected and result.hashes is not None,
    )


def dbt_counts(context: RunContext, draft: RecordDraft, result: TransformResult) -> DbtCounts:
    """Counts for the run's result: of the whole build, or of the selected nodes; and of those that this run built."""
    counts = count_nodes(_executed_nodes(result)) if context.options.select else draft.dbt.counts
    return DbtCounts(**asdict(counts), models_built=len(result.models), tests_run=len(result.tests))


def _executed_nodes(result: TransformResult) -> list[NodeResult]:
    return [*result.models, *result.seeds, *result.snapshots, *result.tests]


def _with_hashes(
    known: DbtRecord, fresh: NodeHashes | None, executed: list[NodeResult], *, complete: bool
) -> DbtRecord:
    """A node that was not built keeps its old hash: if that differs, the next run builds the node. One that failed has
    none, so that a retry builds it."""
    if fresh is None or not (complete or known.project_hash is not None):
        return known
    bad = {node.id for node in executed if node.bad}
    if complete:
        good = {name: digest for name, digest in fresh.nodes.items() if name not in bad}
        return replace(known, project_hash=fresh.all, node_hashes=good)
    kept = {name: digest for name, digest in known.node_hashes.items() if name in fresh.nodes}
    built = {node.id: fresh.nodes[node.id] for node in executed if node.id in fresh.nodes and not node.bad}
    return replace(known, node_hashes=kept | built)


def _relations(known: DbtRecord, result: TransformResult, *, complete: bool) -> tuple[DbtRelation, ...]:
    """All relations of the dbt project if it listed them, else the known ones with the models of this run replaced."""
    if complete and result.relations is not None:
        now = tuple(_relation(each) for each in result.relations)
        return (*now, *former_snapshots(known, now))
    nodes = [*result.models, *result.seeds, *result.snapshots]
    built = [DbtRelation(node.schema, node.alias or node.name, _model(node), node.type) for node in nodes]
    fresh = {relation.place: relation for relation in built if relation.name}
    return (*(each for each in known.relations if each.place not in fresh), *fresh.values())


def _model(node: NodeResult) -> str | None:
    return node.name if node.type == "model" else None


def _relation(relation: BuiltRelation) -> DbtRelation:
    model = relation.name if relation.type == "model" else None
    return DbtRelation(relation.schema, relation.alias, model, relation.type)


def _current_models(result: TransformResult, *, complete: bool) -> set[str]:
    """The models of the project, or those of this run where dbt did not list them all."""
    if complete and result.relations is not None:
        return {each.name for each in result.relations if each.type == "model"}
    return {node.name for node in result.models}
