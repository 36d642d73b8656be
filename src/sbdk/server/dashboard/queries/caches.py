"""The diff of the published build with the one before, and its scorecard: computed on demand and cached."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.queries.published_state import PublishedState

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.targets.changes import Diff


KEPT = 4
"""Diffs in the cache."""
SECONDS = 30.0
"""Time limit of a comparison."""


class DiffCache:
    """Caches the last few diffs; two pages that request one at the same time wait for the same comparison."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._diffs: dict[tuple[str, str], Diff] = {}

    def cached(self, published: PublishedState) -> Diff | None:
        """The diff, if it has been computed."""
        pair = _pair(published)
        return self._diffs.get(pair) if pair else None

    def get(self, project: Project, published: PublishedState) -> Diff | None:
        """The diff; None when no earlier build was kept. Raises as `sbdk diff` does, and QueryTimeout after SECONDS."""
        from sbdk.app.builds import diff_builds

        pair = _pair(published)
        if pair is None:
            return None
        with self._lock:
            if pair not in self._diffs:
                diff = diff_builds(project, *pair, max_seconds=SECONDS)
                self._diffs = {**dict(list(self._diffs.items())[1 - KEPT :]), pair: diff}
            return self._diffs[pair]


def _pair(published: PublishedState) -> tuple[str, str] | None:
    return (published.before.run_id, published.run_id) if published.before else None


class ScoreCache:
    """Caches the last scorecard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: Any = None
        self._result: dict[str, Any] = {}

    def get(self, project: Project, stamp: Any) -> dict[str, Any]:
        """`graded` and its `findings`, or the `problem`; computed again when `stamp` has changed."""
        with self._lock:
            if stamp != self._stamp:
                self._result, self._stamp = _score(project), stamp
            return self._result


def _score(project: Project) -> dict[str, Any]:
    from sbdk.app.score import score_project

    try:
        graded = score_project(project)
    except SbdkError as error:
        return {"graded": None, "findings": [], "problem": error}
    return {"graded": graded, "findings": graded.card.findings(), "problem": None}
