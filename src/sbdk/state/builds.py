"""The builds of a project on disk: each one's record, written before publication, and their order.

    .sbdk/builds/<run id>/manifest.json    the build record (sbdk.state.record), from before the rename, never changed
    .sbdk/builds/<run id>/published.json   written after the rename: without it the build was never published
    .sbdk/builds/<run id>/<file>           an independent copy of the build, which a rollback copies back

The run id is stored inside the file too (`_sbdk.build`), so that a file and its record are matched without a pointer
that could be outdated. No path here is absolute: a project may be moved.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sbdk.core.errors import NewerFormat, WarehouseDamaged
from sbdk.core.files import arrival_name, atomic_write, remove_tree, sync_folder
from sbdk.state.layout import StateDir
from sbdk.state.record import BuildRecord, dump, load_record

KEEP = 5
"""How many builds are kept, including the published one."""
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class PublishedBuild:
    """A build that is or was published; `path`: the published file for the current one, else the kept copy.

    `sequence`: its place in the order of publication, from 1; 0 for one without published.json.
    """

    path: Path
    record: BuildRecord
    sequence: int
    current: bool

    @property
    def run_id(self) -> str:
        return self.record.run_id

    @property
    def clock(self) -> datetime | None:
        return self.record.clock

    @property
    def size(self) -> int:
        return self.record.artifact.size


def published_name(published: Path, state: StateDir) -> str:
    """The published file's name in a record: relative to the project, or the bare name if the file is elsewhere."""
    relative = os.path.relpath(published, state.root.parent)
    return published.name if relative.startswith("..") else Path(relative).as_posix()


def folder_of(state: StateDir, run_id: str) -> Path:
    """The folder of one build. WarehouseDamaged for a run id that is no plain name (a swapped file may hold any)."""
    if not RUN_ID.fullmatch(run_id):
        raise WarehouseDamaged(f"the run id {run_id[:40]!r} inside the file is not one of ours")
    return state.kept_build(run_id)


def write_record(state: StateDir, record: BuildRecord) -> None:
    """Write and sync the record, its folder and the folder above."""
    folder = folder_of(state, record.run_id)
    atomic_write(state.manifest(record.run_id), dump(record))
    sync_folder(folder.parent)


def read_record(state: StateDir, run_id: str) -> BuildRecord | None:
    """The record of a run; None when there is none, or none that can be read. NewerFormat for one of a later sbdk."""
    folder_of(state, run_id)
    file = state.manifest(run_id)
    try:
        status = os.stat(file)
        record = _parsed(file, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
    except NewerFormat as error:
        raise NewerFormat(error.message, file=file, hint=error.hint) from None
    except (OSError, ValueError):
        return None
    return record if record.run_id == run_id else None


@lru_cache(maxsize=64)
def _parsed(file: Path, stamp: tuple[int, ...]) -> BuildRecord:
    """`stamp` changes with the file: a record is read many times in a run, and parsed once."""
    return load_record(file.read_text(encoding="utf-8"))


def mark_published(state: StateDir, run_id: str) -> None:
    """Record that a build was published, as the latest of all so far."""
    latest = max((sequence_of(state, earlier) for earlier in run_ids(state)), default=0)
    note = {"sequence": latest + 1, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    atomic_write(state.publication(run_id), json.dumps(note))


def sequence_of(state: StateDir, run_id: str) -> int:
    """The place of a build in the order of publication, from 1; 0 when it was never published."""
    try:
        note = json.loads((state.publication(run_id)).read_text(encoding="utf-8"))
        return int(note["sequence"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def begin_rollback(state: StateDir, run_id: str) -> None:
    """Record, before the rename, that an earlier build will be published again: a kill may precede `mark_published`."""
    atomic_write(state.rollback_note, json.dumps({"run_id": run_id}))


def pending_rollback(state: StateDir) -> str | None:
    """The run id of a rollback that was begun and perhaps not finished; None if there is none."""
    try:
        return str(json.loads((state.rollback_note).read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end_rollback(state: StateDir) -> None:
    """Remove the note of `begin_rollback`: the rollback is finished, or did not take place."""
    (state.rollback_note).unlink(missing_ok=True)


def run_ids(state: StateDir) -> list[str]:
    """The run ids that have a folder under builds/, sorted."""
    try:
        names = [entry.name for entry in os.scandir(state.builds) if entry.is_dir()]
    except FileNotFoundError:
        return []
    return sorted(name for name in names if RUN_ID.fullmatch(name))


def published_build(state: StateDir, record: BuildRecord, path: Path, *, current: bool) -> PublishedBuild:
    """A record with the path of its file and its place in the order of publication."""
    return PublishedBuild(path, record, sequence_of(state, record.run_id), current)


# ---- retention, and cleanup after a run that was killed


def kept_builds(published: Path, state: StateDir, current: str | None) -> list[PublishedBuild]:
    """All builds of this published file that can be published again, in the order of publication.

    `current` is among them even if the run was killed between its rename and `mark_published`.
    """
    builds = []
    name = published_name(published, state)
    for run_id in run_ids(state):
        record = read_record(state, run_id)
        if record is None or record.artifact.file != name:
            continue
        is_current = run_id == current
        build = published_build(
            state, record, published if is_current else kept_copy(state, published, run_id), current=is_current
        )
        if is_current or build.sequence:
            builds.append(build)
    return sorted(builds, key=lambda build: (build.current and not build.sequence, build.sequence))


def kept_copy(state: StateDir, published: Path, run_id: str) -> Path:
    """Path of the copy of a build."""
    return folder_of(state, run_id) / published.name


def latest_sequence(published: Path, state: StateDir) -> int:
    """The number of the last publication of this file; 0 when there was none."""
    return max((build.sequence for build in kept_builds(published, state, None)), default=0)


def drop_old(published: Path, state: StateDir, current: str) -> None:
    """Remove all but the last KEEP builds; the current one is kept."""
    builds = kept_builds(published, state, current)
    surplus = len(builds) - KEEP
    for build in [build for build in builds if not build.current][: max(surplus, 0)]:
        remove_build(state, build.run_id)


def remove_build(state: StateDir, run_id: str) -> None:
    """Remove a build; published.json first, so that `tidy` removes the rest after a kill."""
    folder = folder_of(state, run_id)
    state.publication(run_id).unlink(missing_ok=True)
    remove_tree(folder)


def tidy(published: Path, state: StateDir, current: str | None) -> None:
    """Make the folders consistent with the published file, after a run that may have been killed at any point.

    `current` is the run id inside the published file, None when it is missing or unreadable: then no build is removed.
    """
    arrival_name(published).unlink(missing_ok=True)
    if current is None:
        return
    name = published_name(published, state)
    for run_id in run_ids(state):
        record = read_record(state, run_id)
        of_another_target = record is not None and record.artifact.file != name
        if run_id != current and not sequence_of(state, run_id) and not of_another_target:
            remove_build(state, run_id)
    if sequence_of(state, current) < max(latest_sequence(published, state), 1):
        mark_published(state, current)
    end_rollback(state)
    drop_old(published, state, current)
