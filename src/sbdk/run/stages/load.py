"""Stage load: writes the extracted rows into the build."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sbdk.core.failpoints import failpoint
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.contracts import LoadedRows
from sbdk.run.plan import Decision, PlanInputs
from sbdk.run.result import BuildSummary
from sbdk.state.record import RecordDraft


@dataclass(frozen=True)
class LoadStage:
    name: str = "load"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Runs whenever something was extracted, and when contracts changed: these judge the tables that are there."""
        if inputs.other_contracts and not inputs.runs("generate"):
            return Decision(True, "contracts changed")
        if inputs.options.replay:
            return Decision(True, "records of the quarantine are replayed")
        return inputs.decided["generate"]

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """Load; the draft gets the keys that the tables declare, and the names of the tables."""
        from sbdk.load.parquet_import import declared_keys, replaced_tables

        loaded = context.loader.load(context.emit)
        context.sources.close()
        failpoint("after_load")
        replaced = replaced_tables(context.loader.schemas)
        outcomes = context.contracts.settle(context.build, LoadedRows(context.loader.validated, loaded, replaced))
        draft = replace(
            so_far,
            contracts={**so_far.contracts, **outcomes},
            keys={**declared_keys(context.loader.schemas), **so_far.keys},
            loaded_tables=tuple(sorted({*so_far.loaded_tables, *loaded, *outcomes})),
        )
        contracts = draft.contracts if context.contracts.tables else None
        return StageOutcome(draft, rows=sum(loaded.values()), summary=BuildSummary(contracts=contracts))
