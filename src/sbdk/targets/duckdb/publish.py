"""From a finished build to the published file, in an order in which every instant is safe to be killed at.

1. views checked, run id written, checkpoint: the build is one complete file without a log
2. copied to builds/RUN (and hashed on the way) while the build itself is synced; its record written and synced
3. renamed over the published file, the folder synced: the one instant at which the run takes effect
4. marked as published; old builds dropped
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from sbdk.core.errors import SbdkError, Terminal
from sbdk.core.failpoints import failpoint
from sbdk.core.files import atomic_move, remove_tree, sync_file, sync_folder
from sbdk.state.builds import folder_of, sequence_of, write_record
from sbdk.state.layout import StateDir
from sbdk.state.record import BuildContents, BuildRecord
from sbdk.state.record_parts import Artifact
from sbdk.targets.duckdb import metadata
from sbdk.targets.duckdb.build import DuckDBBuild
from sbdk.targets.duckdb.copy import copy_closed, held_open
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.version import __version__


def seal(build: DuckDBBuild, run_id: str) -> metadata.FileMetadata:
    """Write the run id, checkpoint and close: afterwards the build is one file that no session has open."""
    with translate_errors(build.path):
        with build.connect() as connection:
            metadata.stamp(connection.raw, run_id)
            failpoint("before_checkpoint")
            connection.raw.execute("FORCE CHECKPOINT")
        failpoint("after_checkpoint")
        _check_closed(build.path)
        return metadata.read_metadata(build.path)


def _check_closed(path: Path) -> None:
    log = path.with_name(f"{path.name}.wal")
    if log.exists() and log.stat().st_size:
        raise Terminal("the build still has a write-ahead log after its checkpoint", file=log)
    log.unlink(missing_ok=True)
    if held_open(path):
        raise Terminal("the build is still open in this process and cannot be published", file=path)


def keep_copy(
    build: DuckDBBuild,
    state: StateDir,
    about: metadata.FileMetadata,
    *,
    name: str,
    parent: str | None,
    contents: BuildContents,
) -> BuildRecord:
    """Copy the sealed build to builds/RUN and write its record; a failure leaves nothing of it behind."""
    folder = folder_of(state, about.run_id)
    if sequence_of(state, about.run_id):  # its record belongs to a file that may be the published one
        raise Terminal(f"run {about.run_id} has been published already")
    try:
        with translate_errors(build.path):
            remove_tree(folder)
            folder.mkdir(parents=True)
            record = _record(build, folder / build.path.name, about, name, parent, contents)
            write_record(state, record)
    except SbdkError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return record


def _record(
    build: DuckDBBuild,
    kept: Path,
    about: metadata.FileMetadata,
    name: str,
    parent: str | None,
    contents: BuildContents,
) -> BuildRecord:
    # Only the file that goes live is synced. The copy's pages reach the disk in their own time: if the power fails
    # before, its hash no longer matches and a rollback reports that.
    with ThreadPoolExecutor(1) as syncing:
        synced = syncing.submit(sync_file, build.path)
        sha256 = copy_closed(build.path, kept)  # `seal` has checked that; only the sync has it open now
        synced.result()
    size = os.stat(build.path).st_size
    return BuildRecord(
        run_id=about.run_id,
        parent=parent,
        made_at=datetime.now(UTC).replace(microsecond=0),
        artifact=Artifact(name, sha256, size, engine=duckdb.__version__, storage=about.storage),
        clock=about.clock,
        sbdk=__version__,
        **contents.contents(),
    )


def go_live(file: Path, published: Path) -> None:
    """Rename a synced file over the published one, which passes its permissions on. Atomic."""
    with translate_errors(published):
        if not published.parent.exists():
            published.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(published.parent.parent)
        if published.exists():
            shutil.copymode(published, file)
        failpoint("before_rename")
        atomic_move(file, published)
        sync_folder(published.parent)
        failpoint("after_rename")
