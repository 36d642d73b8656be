"""The scorecard of the published build, computed on demand and cached."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError

if TYPE_CHECKING:
    from sbdk.project import Project


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
