"""The builds of a project on disk: each one's record, written before it is published, and the order of publication.

    .sbdk/builds/<run id>/manifest.json    the build record (sbdk.state.record), made before the rename, never changed
    .sbdk/builds/<run id>/published.json   made after the rename: without it the build never went live
    .sbdk/builds/<run id>/<file>           a copy of the build, of its own (a rollback copies it back)

The run id stands inside the file too (`_sbdk.build`), so a file and its record find each other without any pointer
that could be out of step. Nothing here is an absolute path: a project may be moved.
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
from sbdk.state.record import BuildRecord
from sbdk.state.record_format import dump, load_record

KEEP = 5
"""How many builds stay, the published one among them."""
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Published:
    """A build that is or was published; `path`: the published file for the current one, else the kept copy.

    `sequence`: its place in the order of publication, from 1; 0 for one that was never marked.
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
    """How a record names the published file: relative to the project, or only by name when it lies elsewhere."""
    relative = os.path.relpath(published, state.root.parent)
    return published.name if relative.startswith("..") else Path(relative).as_posix()


def folder_of(state: StateDir, run_id: str) -> Path:
    """The folder of one build. A run id that is no plain name (a swapped file may say anything) is WarehouseDamaged."""
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
        found = os.stat(file)
        record = _parsed(file, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    except NewerFormat as error:
        raise NewerFormat(error.message, file=file, hint=error.hint) from None
    except (OSError, ValueError):
        return None
    return record if record.run_id == run_id else None


@lru_cache(maxsize=64)
def _parsed(file: Path, stamp: tuple[int, ...]) -> BuildRecord:
    """`stamp` changes with the file: a record is asked for many times in a run, and parsed once."""
    return load_record(file.read_text(encoding="utf-8"))


def mark_published(state: StateDir, run_id: str) -> None:
    """Note that a build went live, as the latest of all so far."""
    latest = max((sequence_of(state, other) for other in run_ids(state)), default=0)
    note = {"sequence": latest + 1, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    atomic_write(state.publication(run_id), json.dumps(note))


def sequence_of(state: StateDir, run_id: str) -> int:
    """The place of a build in the order of publication, from 1; 0 when it never went live."""
    try:
        note = json.loads((state.publication(run_id)).read_text(encoding="utf-8"))
        return int(note["sequence"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def announce(state: StateDir, run_id: str) -> None:
    """Note, before the rename, that an earlier build is about to go live again: a kill may come before its mark."""
    atomic_write(state.rollback_note, json.dumps({"run_id": run_id}))


def announced(state: StateDir) -> str | None:
    """The build of a rollback that was begun and perhaps not finished."""
    try:
        return str(json.loads((state.rollback_note).read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def retract(state: StateDir) -> None:
    """The announced rollback is finished, or never took place."""
    (state.rollback_note).unlink(missing_ok=True)


def run_ids(state: StateDir) -> list[str]:
    """The run ids that have a folder under builds/, sorted."""
    try:
        found = [entry.name for entry in os.scandir(state.builds) if entry.is_dir()]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if RUN_ID.fullmatch(name))


def published_build(state: StateDir, record: BuildRecord, path: Path, *, current: bool) -> Published:
    """A record as the rest of the program sees it."""
    return Published(path, record, sequence_of(state, record.run_id), current)


# ---- which builds stay, and tidying up after a run that was killed


def kept_builds(published: Path, state: StateDir, current: str | None) -> list[Published]:
    """Every build of this published file that went live and can be gone back to, in the order of publication.

    `current` counts as live even when a kill came between its rename and its mark.
    """
    found = []
    name = published_name(published, state)
    for run_id in run_ids(state):
        record = read_record(state, run_id)
        if record is None or record.artifact.file != name:
            continue
        here = run_id == current
        build = published_build(state, record, published if here else kept_copy(state, published, run_id), current=here)
        if here or build.sequence:
            found.append(build)
    return sorted(found, key=lambda build: (build.current and not build.sequence, build.sequence))


def kept_copy(state: StateDir, published: Path, run_id: str) -> Path:
    """Where the copy of a build lies."""
    return folder_of(state, run_id) / published.name


def latest_sequence(published: Path, state: StateDir) -> int:
    """The number of the last publication of this file; 0 when there was none."""
    return max((build.sequence for build in kept_builds(published, state, None)), default=0)


def drop_old(published: Path, state: StateDir, current: str) -> None:
    """Keep the last builds, the current one among them."""
    builds = kept_builds(published, state, current)
    surplus = len(builds) - KEEP
    for build in [build for build in builds if not build.current][: max(surplus, 0)]:
        forget(state, build.run_id)


def forget(state: StateDir, run_id: str) -> None:
    """Remove a build; its mark goes first, so that a kill half-way leaves what `tidy` sweeps up."""
    folder = folder_of(state, run_id)
    state.publication(run_id).unlink(missing_ok=True)
    remove_tree(folder)


def tidy(published: Path, state: StateDir, current: str | None) -> None:
    """Bring the folders in line with what is published, after a run that may have been killed anywhere.

    `current` is the run id inside the published file, None when it is missing or unreadable: then nothing is judged.
    """
    arrival_name(published).unlink(missing_ok=True)
    if current is None:
        return
    name = published_name(published, state)
    for run_id in run_ids(state):
        record = read_record(state, run_id)
        of_another_target = record is not None and record.artifact.file != name
        if run_id != current and not sequence_of(state, run_id) and not of_another_target:
            forget(state, run_id)
    if sequence_of(state, current) < max(latest_sequence(published, state), 1):
        mark_published(state, current)
    retract(state)
    drop_old(published, state, current)
