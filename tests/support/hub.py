"""A real repository to push to, and a project in which a server works."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbdk.server.jobs import RebuildSettings
from sbdk.server.store import Delivery, Job, Push, Store

QUICK = Path(__file__).with_name("quick_build.py")
MAIN = "refs/heads/main"
ENDED = {"built", "failed", "timed_out", "superseded", "skipped"}


@dataclass(frozen=True)
class Hub:
    """`bare` is what a server fetches from; `work` a developer's clone of it."""

    bare: Path
    work: Path

    @classmethod
    def make(cls, folder: Path, files: dict[str, str] | None = None) -> Hub:
        hub = cls(folder / "hub.git", folder / "work")
        hub.work.mkdir(parents=True)
        git("init", "--quiet", "--bare", "--initial-branch=main", str(hub.bare), cwd=folder)
        git("init", "--quiet", "--initial-branch=main", cwd=hub.work)
        git("remote", "add", "origin", str(hub.bare), cwd=hub.work)
        hub.commit({"sbdk_config.json": "{}", **(files or {})})
        return hub

    def commit(self, files: dict[str, str], *, push: bool = True, branch: str = "main") -> str:
        """Commit these files on top of what is there, and push; the commit."""
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git("add", "--all", cwd=self.work)
        git("commit", "--quiet", "--allow-empty", "-m", "change", cwd=self.work)
        if push:
            self.push(branch)
        return git("rev-parse", "HEAD", cwd=self.work)

    def push(self, branch: str = "main") -> None:
        git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}", cwd=self.work)


def git(*arguments: str, cwd: Path) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def settings(root: Path, hub: Hub, **changed: Any) -> RebuildSettings:
    """A server's settings; what it runs in the place of `sbdk dev` is quick_build.py."""
    given: dict[str, Any] = {"command": (sys.executable, str(QUICK)), "repository_url": str(hub.bare), **changed}
    return RebuildSettings(root=root, published=root / "data" / "dev.duckdb", **given)


def push(commit: str, *, ref: str = MAIN, repository_id: int = 7) -> Push:
    return Push(repository_id, "ada/shop", ref, commit)


def delivery(commit: str, name: str | None = None, **of_push: Any) -> Delivery:
    return Delivery(name or f"delivery-{commit}", "push", push(commit, **of_push))


def settled(state: Store, seconds: float = 60.0) -> list[Job]:
    """All jobs, oldest first, when none is to run any more."""
    deadline = time.monotonic() + seconds
    while any(job.status not in ENDED for job in state.jobs()):
        assert time.monotonic() < deadline, state.jobs()
        time.sleep(0.02)
    return state.jobs(10_000)[::-1]


def until(condition: Any, seconds: float = 30.0) -> Any:
    """What `condition()` says as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


def builds(root: Path) -> dict[str, int]:
    """By the content of version.txt: how often quick_build.py published it. Read with SQLite alone."""
    import sqlite3

    with closing(sqlite3.connect(root / ".sbdk" / "history.sqlite")) as history:
        query = "SELECT command, count(*) FROM runs WHERE published IS NOT NULL GROUP BY command"
        return dict(history.execute(query).fetchall())


def seen_by_build(root: Path) -> Any:
    """What quick_build.py noted of its surroundings, last."""
    return json.loads((root / ".sbdk" / "seen.json").read_text())
