"""Whether a process of ours published: what decides if a commit is built, also when nobody lived to hear of it."""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import SbdkError
from sbdk.pipeline.history import History, RunRecord
from sbdk.server.jobs.settings import RebuildSettings


def run_of(settings: RebuildSettings, note: Path) -> str | None:
    """The run by which the process noted in `note` published, or found that all was up to date; None: it did neither.

    `sbdk dev` publishes in one step. A run whose build is among the published ones is done, though it was killed before
    it could say so.
    """
    run = _run(settings, note)
    if run is None:
        return None
    done = run.published or run.status == "up_to_date" or _is_published(settings, run.run_id)
    return run.run_id if done else None


def began(settings: RebuildSettings, note: Path) -> bool:
    """Whether the noted process got as far as a run: past its arguments, its configuration and the project's lock."""
    return _run(settings, note) is not None


def _run(settings: RebuildSettings, note: Path) -> RunRecord | None:
    try:
        pid, _, started = note.read_text(encoding="ascii").strip().partition(" ")
        return History(settings.state).run_of_process(int(pid), started or None)
    except (OSError, ValueError):
        return None


def _is_published(settings: RebuildSettings, run_id: str) -> bool:
    from sbdk.targets.registry import open_target

    try:
        warehouse = open_target(settings.published, settings.state)
        current = warehouse.current()
        return run_id in {build.run_id for build in warehouse.builds()} or (
            current is not None and current.run_id == run_id
        )
    except SbdkError:
        return False
