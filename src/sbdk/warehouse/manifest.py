"""What a published file must be, written down beside it before it is published.

    .sbdk/builds/<run id>/manifest.json    made before the rename, never changed
    .sbdk/builds/<run id>/published.json   made after the rename: without it the build never went live
    .sbdk/builds/<run id>/<file>           a copy of the build, of its own (a rollback copies it back)

The run id stands inside the file too (`_sbdk.build`), so a file and its manifest find each other without any pointer
that could be out of step. Nothing here is an absolute path: a project may be moved.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sbdk.core.errors import WarehouseDamaged
from sbdk.core.files import atomic_write, sync_folder

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Manifest:
    """One build. `file`: where it is published, from the project on; `size` in bytes; `clock`: naive UTC, ISO 8601."""

    run_id: str
    file: str
    sha256: str
    size: int
    storage: str
    duckdb: str
    clock: str | None
    parent: str | None
    made: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A build that is or was published; `path`: the published file for the current one, else the kept copy."""

    run_id: str
    path: Path
    facts: dict[str, Any]
    clock: datetime | None
    size: int
    manifest: Manifest
    sequence: int
    current: bool


def published_name(published: Path, state: Path) -> str:
    """How a manifest names the published file: relative to the project, or only by name when it lies elsewhere."""
    relative = os.path.relpath(published, state.parent)
    return published.name if relative.startswith("..") else Path(relative).as_posix()


def folder_of(state: Path, run_id: str) -> Path:
    """The folder of one build. A run id that is no plain name (a swapped file may say anything) is WarehouseDamaged."""
    if not RUN_ID.fullmatch(run_id):
        raise WarehouseDamaged(f"the run id {run_id[:40]!r} inside the file is not one of ours")
    return state / "builds" / run_id


def write_manifest(state: Path, manifest: Manifest) -> None:
    """Write and sync the manifest, its folder and the folder above."""
    folder = folder_of(state, manifest.run_id)
    atomic_write(folder / "manifest.json", json.dumps(asdict(manifest), indent=1, sort_keys=True, default=str))
    sync_folder(folder.parent)


def read_manifest(state: Path, run_id: str) -> Manifest | None:
    """The manifest of a run; None when there is none, or none that can be read."""
    try:
        fields = json.loads((folder_of(state, run_id) / "manifest.json").read_text(encoding="utf-8"))
        manifest = Manifest(**fields)
    except (OSError, ValueError, TypeError):
        return None
    return manifest if manifest.run_id == run_id else None


def mark_published(state: Path, run_id: str) -> None:
    """Note that a build went live, as the latest of all so far."""
    latest = max((sequence_of(state, other) for other in run_ids(state)), default=0)
    note = {"sequence": latest + 1, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    atomic_write(folder_of(state, run_id) / "published.json", json.dumps(note))


def sequence_of(state: Path, run_id: str) -> int:
    """The place of a build in the order of publication, from 1; 0 when it never went live."""
    try:
        note = json.loads((folder_of(state, run_id) / "published.json").read_text(encoding="utf-8"))
        return int(note["sequence"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def announce(state: Path, run_id: str) -> None:
    """Note, before the rename, that an earlier build is about to go live again: a kill may come before its mark."""
    atomic_write(state / "rollback.json", json.dumps({"run_id": run_id}))


def announced(state: Path) -> str | None:
    """The build of a rollback that was begun and perhaps not finished."""
    try:
        return str(json.loads((state / "rollback.json").read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def retract(state: Path) -> None:
    """The announced rollback is finished, or never took place."""
    (state / "rollback.json").unlink(missing_ok=True)


def run_ids(state: Path) -> list[str]:
    """The run ids that have a folder under builds/, sorted."""
    try:
        found = [entry.name for entry in os.scandir(state / "builds") if entry.is_dir()]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if RUN_ID.fullmatch(name))


def published_build(state: Path, manifest: Manifest, path: Path, *, current: bool) -> Published:
    """A manifest as the rest of the program sees it."""
    clock = datetime.fromisoformat(manifest.clock) if manifest.clock else None
    sequence = sequence_of(state, manifest.run_id)
    return Published(manifest.run_id, path, manifest.facts, clock, manifest.size, manifest, sequence, current)
