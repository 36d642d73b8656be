"""`sbdk rollback` and `sbdk diff`: publishes an earlier build again; compares two builds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError, UnknownName, UsageError

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext
    from sbdk.state.builds import Published
    from sbdk.targets.changes import Diff


def go_back(project: ProjectContext, run_id: str | None = None) -> Published:
    """To the build of `run_id`, or the one before the present. LockHeld, UnknownName or WarehouseDamaged."""
    from sbdk.core.redact import without_secrets
    from sbdk.state.history import History
    from sbdk.state.lock import ProjectLock

    command = f"sbdk rollback {run_id or ''}".strip()
    with ProjectLock(project.loaded.state, command):
        history = History(project.loaded.state)
        warehouse = project.warehouse()
        warehouse.rollback_target(run_id)  # a run that was not kept is wrong usage, and leaves no trace
        began = time.monotonic()
        mine = history.start_run(command, target=project.loaded.config.target)
        try:
            published = warehouse.rollback(run_id)
        except SbdkError as error:
            history.finish_run(mine, "failed", seconds=time.monotonic() - began, error=without_secrets(error.as_dict()))
            raise
        history.finish_run(mine, "success", seconds=time.monotonic() - began, published=published.run_id)
    return published


def compare(project: ProjectContext, run_a: str, run_b: str, *, max_seconds: float | None = None) -> Diff:
    """From build `run_a` to build `run_b`; keys are those that the pipelines declared.

    Raises UnknownName for a run whose build was not kept, UsageError for a build against itself and before a first run,
    QueryTimeout after `max_seconds`.
    """
    if run_a == run_b:
        raise UsageError("a build does not differ from itself", hint="name two runs of `sbdk runs`")
    project.published()
    target = project.warehouse()
    builds = {build.run_id: build for build in target.builds()}
    before, after = _kept(builds, run_a), _kept(builds, run_b)
    dataset = project.loaded.config.dlt.dataset_name
    keys = {f"{dataset}.{name}": known.key for name, known in after.record.keys.items()}
    return target.diff(before, after, keys, max_seconds=max_seconds)


def _kept(builds: dict[str, Published], run_id: str) -> Published:
    if run_id not in builds:
        raise UnknownName(f"no build of run {run_id!r} was kept", hint=f"kept: {', '.join(builds) or 'none'}")
    return builds[run_id]
