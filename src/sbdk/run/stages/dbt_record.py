"""What a build remembers of dbt's nodes, so that the next run can leave alone what nothing has changed for."""

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
    from sbdk.transform import NodeHashes, PreviousBuild, Relation, TransformResult
    from sbdk.transform.results import NodeResult

# dlt writes into these with every load.
OF_DLT = ("_dlt_loads", "_dlt_pipeline_state", "_dlt_version")


def published_nodes(context: RunContext, so_far: RecordDraft) -> PreviousBuild | None:
    """What dbt needs to tell what changed since the published build; None when that build does not say."""
    from sbdk.transform import PreviousBuild

    known, plan = context.known.dbt, context.plan
    if known.project_hash is None or context.options.interval or plan.empty:
        return None
    tables = sorted({*so_far.loaded_tables, *OF_DLT}) if plan.loads else []
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
    """Digests of what a dbt project rests on besides the files that its nodes come from. None: hashes make no sense.

    Those are the files at its top (dbt_project.yml, packages), its profiles and the variables that it asks for. An
    interval sets vars of its own, which may stand in the configuration of any node.
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
    """The draft with what this build holds of dbt now."""
    chosen = bool(context.options.select) or context.resumed  # then the rest is what it was, changed or not
    ran = _ran(result)
    record = _with_hashes(so_far.dbt, result.marks, {node.id for node in ran}, complete=not chosen)
    kept = record.nodes if chosen or not result.whole else {}
    if result.marks:
        kept = {name: node for name, node in kept.items() if name in result.marks.nodes}
    nodes = {**kept, **{node.id: NodeState(node.type, node.status) for node in ran}}
    relations = _relations(record, result, complete=not chosen)
    built = {node.name for node in result.models if node.status == "success"}
    if not result.whole:  # what a partial build leaves alone is as good as built
        built |= _models(result, complete=not chosen)
    return replace(
        so_far,
        dbt=replace(record, nodes=nodes, relations=relations),
        built=tuple(sorted({*built, *so_far.built})),
    )


def counted(context: RunContext, draft: RecordDraft, result: TransformResult) -> DbtCounts:
    """For the run's result: what the build holds, or with --select only what was asked for; and what this run did."""
    counts = count_nodes(_ran(result)) if context.options.select else draft.dbt.counts
    return DbtCounts(**asdict(counts), models_built=len(result.models), tests_run=len(result.tests))


def _ran(result: TransformResult) -> list[NodeResult]:
    return [*result.models, *result.seeds, *result.snapshots, *result.tests]


def _with_hashes(known: DbtRecord, fresh: NodeHashes | None, ran: set[str], *, complete: bool) -> DbtRecord:
    """Of a node that was not built, the old hash stays: should it differ, the next run builds the node."""
    if fresh is None or not (complete or known.project_hash is not None):
        return known
    if complete:
        return replace(known, project_hash=fresh.all, node_hashes=dict(fresh.nodes))
    kept = {name: mark for name, mark in known.node_hashes.items() if name in fresh.nodes}
    built = {name: mark for name, mark in fresh.nodes.items() if name in ran}
    return replace(known, node_hashes=kept | built)


def _relations(known: DbtRecord, result: TransformResult, *, complete: bool) -> tuple[DbtRelation, ...]:
    """All that dbt makes, or what was known with the models of this run in their places."""
    if complete and result.relations is not None:
        return tuple(_relation(each) for each in result.relations)
    built = [DbtRelation(node.schema, node.alias or node.name, node.name) for node in result.models]
    fresh = {each.model: each for each in built}
    left = [each for each in known.relations if each.model is None or each.model not in fresh]
    return (*left, *fresh.values())


def _relation(relation: Relation) -> DbtRelation:
    return DbtRelation(relation.schema, relation.alias, relation.name if relation.type == "model" else None)


def _models(result: TransformResult, *, complete: bool) -> set[str]:
    """The models of the project, or those of this run where dbt did not list them all."""
    if complete and result.relations is not None:
        return {each.name for each in result.relations if each.type == "model"}
    return {node.name for node in result.models}
