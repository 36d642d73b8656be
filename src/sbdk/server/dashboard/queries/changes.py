"""What changed between the published build and the one before: computed on demand, once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sbdk.server.dashboard.queries.published_state import Standing

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.targets.changes import Diff

KEPT = 4
SECONDS = 30.0
"""The longest that a comparison takes."""


class DiffCache:
    """Keeps the last few comparisons; two pages that ask at once wait for the same one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Diff] = {}

    def known(self, standing: Standing) -> Diff | None:
        """The diff, if it was computed already."""
        pair = _pair(standing)
        return self._known.get(pair) if pair else None

    def of(self, project: Project, standing: Standing) -> Diff | None:
        """None when there is no build before. Errors as `sbdk diff` raises them, QueryTimeout after SECONDS."""
        from sbdk.app.builds import diff_builds

        pair = _pair(standing)
        if pair is None:
            return None
        with self._lock:
            if pair not in self._known:
                found = diff_builds(project, *pair, max_seconds=SECONDS)
                self._known = {**dict(list(self._known.items())[1 - KEPT :]), pair: found}
            return self._known[pair]


def _pair(standing: Standing) -> tuple[str, str] | None:
    return (standing.before.run_id, standing.run_id) if standing.before else None
