"""The score card of the published build: computed on demand, once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError

if TYPE_CHECKING:
    from sbdk.project import Project


class ScoreCache:
    """Keeps the last one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Any = None
        self._found: dict[str, Any] = {}

    def of(self, project: Project, stamp: Any) -> dict[str, Any]:
        """`graded` and its `findings`, or the `problem`; graded again when `stamp` is another one."""
        with self._lock:
            if stamp != self._seen:
                self._found, self._seen = _grade(project), stamp
            return self._found


def _grade(project: Project) -> dict[str, Any]:
    from sbdk.app.score import score_project

    try:
        graded = score_project(project)
    except SbdkError as error:
        return {"graded": None, "findings": [], "problem": error}
    return {"graded": graded, "findings": graded.card.findings(), "problem": None}
