"""`sbdk rollback`: publish an earlier build again, and put that on record."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext
    from sbdk.state.builds import Published


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
