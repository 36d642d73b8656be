"""`sbdk rollback` and `sbdk diff`: publishes an earlier build again; compares two builds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError, UnknownName, UsageError

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext
    from sbdk.state.builds import PublishedBuild
    from sbdk.targets.changes import Diff


def rollback_build(project: ProjectContext, run_id: str | None = None) -> PublishedBuild:
    """Publish the build of `run_id` again, or the previous one. LockHeld, UnknownName or WarehouseDamaged."""
    from sbdk.core.redact import without_secrets
    from sbdk.state.history import History
    from sbdk.state.lock import ProjectLock

    command = f"sbdk rollback {run_id or ''}".strip()
    with ProjectLock(project.loaded.state, command):
        history = History(project.loaded.state)
        target = project.warehouse()
        target.rollback_target(run_id)  # raises for a run without a kept build, before any record
        began = time.monotonic()
        rollback_id = history.start_run(command, target=project.loaded.config.target)
        try:
            published = target.rollback(run_id)
        except SbdkError as error:
            history.finish_run(
                rollback_id, "failed", seconds=time.monotonic() - began, error=without_secrets(error.as_dict())
            )
            raise
        history.finish_run(rollback_id, "success", seconds=time.monotonic() - began, published=published.run_id)
    return published


def diff_builds(project: ProjectContext, run_a: str, run_b: str, *, max_seconds: float | None = None) -> Diff:
    """The differences from build `run_a` to build `run_b`, by the keys that the pipelines declared.

    Raises UnknownName for a run whose build was not kept, UsageError for a build and itself, and before a first run,
    QueryTimeout after `max_seconds`.
    """
    if run_a == run_b:
        raise UsageError("a build does not differ from itself", hint="name two runs of `sbdk runs`")
    project.published()
    target = project.warehouse()
    builds = {build.run_id: build for build in target.builds()}
    before, after = _kept_build(builds, run_a), _kept_build(builds, run_b)
    dataset = project.loaded.config.dlt.dataset_name
    keys = {f"{dataset}.{name}": table_keys.key for name, table_keys in after.record.keys.items()}
    return target.diff(before, after, keys, max_seconds=max_seconds)


def latest_runs(project: ProjectContext) -> tuple[str, str]:
    """The runs of the published build and of the one that was published before it. UsageError if there is none."""
    published = project.published().run_id
    earlier = [build.run_id for build in project.warehouse().builds() if build.run_id != published]
    if not earlier:
        raise UsageError(
            "there is no earlier build to compare with", hint="there is one after the next run that publishes"
        )
    return earlier[-1], published


def _kept_build(builds: dict[str, PublishedBuild], run_id: str) -> PublishedBuild:
    if run_id not in builds:
        raise UnknownName(f"no build of run {run_id!r} was kept", hint=f"kept: {', '.join(builds) or 'none'}")
    return builds[run_id]
