"""Anonymous usage reports of runs: only where the user turned them on, and shown to whoever asks."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sbdk.run.result import RunResult
from sbdk.version import __version__

if TYPE_CHECKING:
    from sbdk.observe.tracker import Tracker
    from sbdk.project import Project

TOKEN_VARIABLE = "SBDK_TRACKING__TOKEN"


def track_run(project: Project, result: RunResult) -> None:
    """Report a run, if tracking is on and has somewhere to report to. Does not wait, and cannot fail the run."""
    tracker = _tracker(project)
    if tracker is not None and project.loaded.config.tracking.enabled:
        tracker.send(_body(tracker, result))


def tracking_state(project: Project) -> dict[str, Any]:
    """Whether it is on, and exactly what a run would send (shown for a run that did nothing)."""
    settings = project.loaded.config.tracking
    tracker = _tracker(project)
    example = RunResult("", "up_to_date")
    return {
        "enabled": settings.enabled and tracker is not None,
        "endpoint": settings.endpoint,
        "uuid": tracker.uuid if tracker else settings.uuid,
        "last": tracker.last if tracker else {},
        "would_send": _body(tracker, example) if tracker else None,
    }


def _tracker(project: Project) -> Tracker | None:
    """None without an endpoint: then nothing is imported, made up or written."""
    settings = project.loaded.config.tracking
    if not settings.endpoint:
        return None
    from sbdk.observe.tracker import Tracker

    token = project.loaded.secrets.get(TOKEN_VARIABLE)
    return Tracker(settings.endpoint, project.loaded.state, chosen=settings.uuid, token=token)


def _body(tracker: Tracker, result: RunResult) -> dict[str, Any]:
    from sbdk.observe.usage import report, run_event

    command = sys.argv[1] if len(sys.argv) > 1 else ""
    known = command if command in {"dev", "start"} else "api"
    return report(tracker.uuid, [run_event(result.as_dict(), known, datetime.now(UTC), __version__)])
