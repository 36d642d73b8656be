"""The server's clone of the allowed branch, and the checkout of a commit."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sbdk.core.errors import SbdkError, SourceUnavailable, Terminal
from sbdk.core.files import remove_tree
from sbdk.server.jobs.job import JobDeadline, JobLog
from sbdk.server.jobs.process_tree import Command, git_environment, run_command
from sbdk.server.jobs.settings import RebuildSettings

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
HEAD = "refs/heads/allowed"


class Repository:
    """A bare repository with one branch, in `workplace/repository`; all output of git goes to the log."""

    def __init__(self, settings: RebuildSettings, deadline: JobDeadline, log: JobLog) -> None:
        self.folder = settings.workplace / "repository"
        self._settings = settings
        self._deadline = deadline
        self._log = log

    def fetch(self) -> None:
        """Bring the branch up to date. SourceUnavailable, or Terminal when the repository cannot be created."""
        if not self.folder.exists():
            self._initialise()
        for lock in self.folder.rglob("*.lock"):  # of a git process that was killed; no other one uses this folder
            lock.unlink(missing_ok=True)
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force")
        branch = f"+refs/heads/{self._settings.branch}:{HEAD}"
        if self._git("fetch", *options, "--end-of-options", "origin", branch):
            raise SourceUnavailable(f"the branch {self._settings.branch} could not be fetched: {self._log.tail(2)}")

    def clone_again(self) -> None:
        """Fetch into a new repository, which then replaces the old one, in case that is damaged."""
        current, self.folder = self.folder, self.folder.with_name("repository.new")
        try:
            remove_tree(self.folder)
            self.fetch()
            remove_tree(current)
            self.folder.rename(current)
        finally:
            self.folder = current

    def _initialise(self) -> None:
        """Initialise beside the final path, then rename: a kill leaves no repository or a complete one."""
        half = self.folder.with_name("repository.half")
        remove_tree(half)
        self._git_or_fail("init", "--quiet", "--bare", "--template=", "--end-of-options", str(half))
        half.rename(self.folder)

    def contains(self, commit: str, descendant: str = HEAD) -> bool:
        """Whether `commit` is `descendant` or one of its ancestors."""
        return self._git("merge-base", "--is-ancestor", "--end-of-options", commit, descendant) == 0

    def is_head(self, commit: str) -> bool:
        """Whether `commit` is the branch's newest one."""
        return self.contains(commit) and self.contains(HEAD, commit)

    def check_out(self, commit: str, target: Path) -> None:
        """Exactly the files of `commit` into `target`, which is emptied first. Terminal for a link that leads out."""
        if not _COMMIT.fullmatch(commit):
            raise Terminal("the commit is not a full object name")
        remove_tree(target)
        target.mkdir(parents=True)
        index = self._settings.workplace / "tmp" / "index"
        index.unlink(missing_ok=True)
        self._git_or_fail(f"--work-tree={target}", "read-tree", "--reset", "-u", commit, index=index)
        reject_links_out(target)

    def _git_or_fail(self, *arguments: str, index: Path | None = None) -> None:
        if self._git(*arguments, index=index):
            raise Terminal(f"git: {self._log.tail(2)}")

    def _git(self, *arguments: str, index: Path | None = None) -> int:
        environment = git_environment(self._settings) | ({"GIT_INDEX_FILE": str(index)} if index else {})
        workplace = self._settings.workplace
        where = () if arguments[0] == "init" else (f"--git-dir={self.folder}",)
        command = Command(("git", *where, *arguments), workplace, environment, workplace / "git-process")
        try:
            return run_command(command, self._deadline, self._log)
        except OSError as error:
            raise SbdkError(f"git: {error.strerror}") from error


def reject_links_out(folder: Path) -> None:
    """Terminal for a symbolic link below `folder` that leads out of it, directly or through others."""
    root = folder.resolve()
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink() and not _stays(path, root):
                shown = path.relative_to(folder)
                raise Terminal(f"{shown} is a link that leads out of the repository", hint="commit the file itself")


def _stays(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # links in a circle
        return False
