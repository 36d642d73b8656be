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

from sbdk.core.errors import SbdkError, Terminal, TransformError
from sbdk.core.events import Emit, Warned
from sbdk.core.failpoints import failpoint
from sbdk.core.files import atomic_move, remove_tree, sync_file, sync_folder
from sbdk.core.sql import quoted
from sbdk.state.builds import folder_of, sequence_of, write_record
from sbdk.state.layout import StateDir
from sbdk.state.record import BuildContents, BuildRecord
from sbdk.state.record_parts import Artifact
from sbdk.targets.duckdb import metadata
from sbdk.targets.duckdb.build import DuckDBBuild
from sbdk.targets.duckdb.copy import copy_closed, held_open
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.readonly import attach
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


_VIEWS = "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND database_name = ? ORDER BY ALL"
_ALIAS = "sbdk_probe"


def check_views(build: DuckDBBuild, emit: Emit) -> None:
    """DESCRIBE every view under another catalogue name; those that fail, under the build's own.

    Raises TransformError for a view that cannot be read at all. One that only works under the file's own name (it
    stores that name: PIVOT and a few others do) is a warning: it breaks when somebody renames or attaches the file.
    """
    for name, error in _broken_views(build).items():
        if error is None:
            emit(Warned("publish", f"the view {name} works only while the file is called {build.path.name}"))
            continue
        hint = "fix the model, drop the view, or start afresh with `sbdk dev --full-refresh`"
        raise TransformError(f"the view {name} cannot be read: {error}", hint=hint)


def _broken_views(build: DuckDBBuild) -> dict[str, str | None]:
    """Views that fail under another catalogue name, with DuckDB's error under their own name (None: they work)."""
    probe = duckdb.connect(":memory:")
    try:
        attach(probe, build.path, _ALIAS)
        build.files.search(probe)
        views = probe.execute(_VIEWS, [_ALIAS]).fetchall()
        suspects = [view for view in views if _describe(probe, _ALIAS, *view)]
    finally:
        probe.close()
    if not suspects:
        return {}
    with build.connect() as own:
        return {f"{schema}.{name}": _describe(own.raw, None, schema, name) for schema, name in suspects}


def _describe(connection: duckdb.DuckDBPyConnection, catalogue: str | None, schema: str, view: str) -> str | None:
    parts = [catalogue, schema, view] if catalogue else [schema, view]
    try:
        connection.execute("DESCRIBE " + ".".join(quoted(part) for part in parts)).fetchall()
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    return None
