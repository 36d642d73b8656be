"""Snapshots of a project: digests of its files, whose differences show what has changed.

File events only say when to take a snapshot. Two snapshots decide whether to build: the output of a run itself, a file
saved without a change, or a file that was created and deleted between them makes no difference.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sbdk.load.fingerprints import changed_files
from sbdk.run.fingerprints import differing, files_below
from sbdk.spec.project import CONFIG_FILE, ProjectSpec
from sbdk.state.record_parts import Digests, FileStamp, PipelineRecord

TICK_NS = 50_000_000  # a file read sooner after its last change may change again and keep its time and size


@dataclass(frozen=True)
class ProjectSnapshot:
    """`code`: digests of the files that people edit. `unread`: size and times of those files that pipelines and models
    read and whose present content is not in the published build."""

    code: Digests = field(default_factory=dict)
    unread: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def changes(self, before: ProjectSnapshot) -> list[str]:
        """Names of the files that differ from `before`."""
        unread = [name for name, stamp in self.unread.items() if before.unread.get(name) != stamp]
        return [*differing(before.code, self.code), *sorted(unread)]


class Snapshotter:
    """Takes snapshots of a project; a file is read again only when its time or size changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project: ProjectSpec | None = None
        self.pipelines: Mapping[str, PipelineRecord] = {}
        self.models: Mapping[str, Mapping[str, FileStamp]] = {}
        self._read: dict[Path, tuple[tuple[int, ...], str]] = {}

    def take(self) -> ProjectSnapshot:
        """The state of the project now."""
        paths = dict.fromkeys(self._files())
        code = {self._name(path): digest for path in paths if (digest := self._digest(path)) is not None}
        self._read = {path: known for path, known in self._read.items() if path in paths}
        return ProjectSnapshot(code, dict(self._unread()))

    def folders(self) -> list[Path]:
        """The folders of those files, without the project's own folder."""
        project, root = self.project, self.root
        own = [project.pipelines, project.dbt, project.profiles, project.checks, project.plugins] if project else []
        own += [root / ".dlt", *(path.parent for path in self._declared()), *self._source_folders()]
        existing = {folder.resolve() for folder in own if folder.is_dir()} - {root.resolve()}
        return sorted(folder for folder in existing if not any(parent in existing for parent in folder.parents))

    def _files(self) -> Iterator[Path]:
        root, project = self.root, self.project
        yield from (root / CONFIG_FILE, root / ".env", root / ".dlt" / "config.toml", root / ".dlt" / "secrets.toml")
        if project is None:
            return
        yield project.file
        for folder in (project.pipelines, project.dbt, project.profiles, project.checks, project.plugins):
            yield from files_below(folder)
        yield from self._declared()

    def _declared(self) -> list[Path]:
        """Files of declared data sets; the name of a built-in one is no file."""
        named = [self.root / name for name in self.project.config.datasets] if self.project else []
        return [path for path in named if path.suffix]

    def _source_folders(self) -> Iterator[Path]:
        """Folders that the patterns of pipelines and models for files start from."""
        patterns = [pattern for known in self.pipelines.values() for pattern in known.patterns]
        for pattern in [*patterns, *self.models]:
            fixed = self.root / pattern.partition("*")[0].partition("?")[0].partition("[")[0]
            yield next(folder for folder in (fixed, *fixed.parents) if folder.is_dir())

    def _unread(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        of_models = [(files, (pattern,)) for pattern, files in self.models.items()]
        for files, patterns in [*((known.files, known.patterns) for known in self.pipelines.values()), *of_models]:
            for name in changed_files(files, patterns, self.root):
                try:
                    status = os.stat(self.root / name)
                    yield name, (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                except OSError:
                    yield name, (-1, 0, 0)

    def _digest(self, path: Path) -> str | None:
        """SHA-256 of a file, None when there is none."""
        try:
            status = os.stat(path)
            stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            known = self._read.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            self._read.pop(path, None)
            return None
        if abs(time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns)) > TICK_NS:
            self._read[path] = (stamp, digest)
        return digest

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()
