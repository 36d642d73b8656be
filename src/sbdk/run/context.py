"""The context of a run (RunContext), the interface of its stages (Stage) and their results (StageOutcome)."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit
from sbdk.run.options import RunOptions
from sbdk.run.plan import Decider, Plan
from sbdk.run.project_context import ProjectContext
from sbdk.run.result import BuildSummary
from sbdk.spec.project import ProjectSpec
from sbdk.state.layout import StateDir
from sbdk.state.record import BuildContents, RecordDraft

if TYPE_CHECKING:
    from sbdk.load import Loader
    from sbdk.run.contracts import RunContracts
    from sbdk.targets.base import Build, Target
    from sbdk.transform import Worker


@dataclass(frozen=True)
class RunContext:
    """One run, unchanged from its first stage to its last. `command`: how it was started, for people to read.

    `worker` runs dbt; None when the plan has nothing for it. `resumed`: the build is that of a failed run. `sources`:
    the environment of the sources during `generate` and `load`; closed by `load`, or when the stages end.
    """

    project: ProjectContext
    options: RunOptions
    plan: Plan
    emit: Emit
    run_id: str
    command: str
    target: Target
    build: Build
    worker: Worker | None = None
    resumed: bool = False
    sources: ExitStack = field(default_factory=ExitStack)

    @property
    def loaded(self) -> ProjectSpec:
        return self.project.loaded

    @property
    def state(self) -> StateDir:
        return self.project.state

    @property
    def known(self) -> BuildContents:
        """The contents of the published build."""
        return self.plan.known

    @property
    def failures(self) -> Path:
        """The folder for the rows that fail the checks of this run."""
        return self.state.failures(self.run_id)

    @property
    def raw_schema(self) -> str:
        """The schema of the raw tables."""
        return self.loaded.config.dlt.dataset_name

    @property
    def threads(self) -> int:
        return self.loaded.config.performance.threads or os.cpu_count() or 1

    @cached_property
    def contracts(self) -> RunContracts:
        """The contracts of the project, and what they found in this run."""
        from sbdk.run.contracts import RunContracts

        return RunContracts(self.project, self.plan, self.options, self.run_id, self.emit)

    @cached_property
    def loader(self) -> Loader:
        """dlt on this run's build: extracts in `generate`, writes in `load`."""
        from sbdk.load import Loader

        config = self.loaded.config
        return Loader(
            self.build,
            self.build.folder / "dlt",
            self.raw_schema,
            config.pipeline_name,
            self.threads,
            root=self.loaded.root,
            pipelines=self.loaded.pipelines,
            parallel=config.performance.parallel_pipelines,
            contracts=self.contracts if self.contracts.tables else None,
        )


@dataclass(frozen=True)
class StageOutcome:
    """The result of a stage: the draft of the record with its part added, and its part of the run's result.

    `rows`: how many it processed; `checks`: how many of the user's checks it ran; `peak_mb`: of another process that
    did the work. `error`: ends the run; returned instead of raised where the draft is worth keeping.
    """

    draft: RecordDraft
    rows: int | None = None
    checks: int = 0
    peak_mb: float = 0.0
    summary: BuildSummary = field(default_factory=BuildSummary)
    error: SbdkError | None = None


class Stage(Decider, Protocol):
    """A part of a run. To add one: a file in `run/stages/`, and its place in the list STAGES.

    The engine measures it, emits its events and records its result; when it fails, the build is kept for `--retry`.
    """

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """Do the work in the build. Raises an SbdkError, or returns one in the outcome; changes no argument."""
