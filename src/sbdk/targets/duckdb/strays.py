"""Files in the place of the published file that sbdk did not write: they are moved aside, never lost or overwritten."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sbdk.core.errors import LockHeld, SbdkError
from sbdk.core.events import Emit, Warned
from sbdk.state.layout import StateDir
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.readonly import open_readonly


def wal_of(path: Path) -> Path:
    """DuckDB's write-ahead log of a file."""
    return path.with_name(f"{path.name}.wal")


def move_stray_wal(published: Path, state: StateDir, emit: Emit) -> None:
    """Move a write-ahead log beside the published file away: a run publishes none, so another program wrote it.

    Left there, DuckDB would replay it into the next published file, or refuse to open that. Raises LockHeld while its
    writer lives.
    """
    log = wal_of(published)
    if not os.path.lexists(log):
        return
    _reject_live_writer(published)
    aside = _free_name(state.aside, log.name)
    with translate_errors(log):
        _move(log, aside)
    text = f"{log.name}: another program wrote to the published file and did not finish; its log now lies in {aside}"
    emit(Warned("publish", text))


def keep_copy_aside(published: Path, state: StateDir, emit: Emit) -> None:
    """Keep a second name for a file that no run of this project made, before a build is published in its place."""
    aside = _free_name(state.aside, published.name)
    with translate_errors(published):
        try:
            os.link(published, aside)
        except OSError:
            shutil.copy2(published, aside)
    emit(Warned("publish", f"{published.name} was not what this project published; it now lies in {aside}"))


def _reject_live_writer(published: Path) -> None:
    if not published.is_file():
        return
    try:
        open_readonly(published).close()
    except LockHeld:
        raise
    except SbdkError:
        return  # a file that cannot be opened has no live writer; its error is raised later


def _free_name(folder: Path, name: str) -> Path:
    with translate_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while os.path.lexists(folder / f"{number}-{name}"):
        number += 1
    return folder / f"{number}-{name}"


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError:
        shutil.move(source, target)
