"""What a run is (RunContext), what a stage of it is (Stage), and what a stage returns (StageOutcome)."""

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
    from sbdk.targets.base import Build, Target
    from sbdk.transform import Worker


@dataclass(frozen=True)
class RunContext:
    """One run, the same from its first stage to its last. `command`: who asked for it, for people to read.

    `worker` runs dbt; None when the plan has nothing for it. `resumed`: the build is that of a failed run. `sources`:
    what the sources find around them while `generate` and `load` run; closed by `load`, or when the stages end.
    """

    project: ProjectContext
    options: RunOptions
    plan: Plan
    emit: Emit
    run_id: str
    command: str
    warehouse: Target
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
        """What the published build holds."""
        return self.plan.known

    @property
    def failures(self) -> Path:
        """Where the rows that fail the checks of this run are kept."""
        return self.state.failures(self.run_id)

    @property
    def raw_schema(self) -> str:
        """The schema of the raw tables."""
        return self.loaded.config.dlt.dataset_name

    @property
    def threads(self) -> int:
        return self.loaded.config.performance.threads or os.cpu_count() or 1

    @cached_property
    def loader(self) -> Loader:
        """dlt on this run's build: what `generate` extracts, `load` writes."""
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
        )


@dataclass(frozen=True)
class StageOutcome:
    """What a stage has done: the draft of the record with its part in it, and what the run's result is to show.

    `rows`: how many it handled; `checks`: how many of the user's checks it ran; `peak_mb`: of another process that did
    the work. `error`: why the run cannot go on, where the draft holds something all the same.
    """

    draft: RecordDraft
    rows: int | None = None
    checks: int = 0
    peak_mb: float = 0.0
    summary: BuildSummary = field(default_factory=BuildSummary)
    error: SbdkError | None = None


class Stage(Decider, Protocol):
    """A part of a run. To add one: a file in `run/stages/`, and its place in the list STAGES.

    The engine measures it, announces it and puts it on record; where it fails, the build is kept for `--retry`.
    """

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """Do the work in the build. Raises an SbdkError, or returns one in the outcome; changes nothing it is given."""
