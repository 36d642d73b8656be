"""From the hidden folder into the open: after each single step the manifest tells the truth."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit, Warned
from sbdk.synth.export.manifest import NAME, Manifest, TableEntry, read_manifest


def publish(folder: Path, out: Path, entries: Mapping[str, TableEntry], emit: Emit) -> Manifest:
    """Move the files of `entries` from `folder` to `out`, in place of those of the same tables; the new manifest."""
    old = _old(out, emit)
    kept = old.without(set(entries))
    if old.tables.keys() & entries.keys():
        kept.save(out)
    _remove(out, {file for table in entries.keys() & old.tables.keys() for file in _files(old.tables[table])})
    for entry in entries.values():
        for name in _files(entry):
            os.replace(folder / name, out / name)
    manifest = Manifest(tables={**kept.tables, **entries})
    manifest.save(out)
    return manifest


def _files(entry: TableEntry) -> list[str]:
    return [file.name for file in entry.files]


def _old(out: Path, emit: Emit) -> Manifest:
    """The folder's manifest, less the entries whose files are gone; empty when there is none that can be read."""
    if not (out / NAME).exists():
        return Manifest()
    try:
        manifest = read_manifest(out)
    except SbdkError as error:
        emit(Warned("generate", f"{error}; what it listed is forgotten"))
        return Manifest()
    return manifest.without({table for table, entry in manifest.tables.items() if not _there(out, entry)})


def _there(out: Path, entry: TableEntry) -> bool:
    paths = [out / name for name in _files(entry)]
    return all(path.is_file() and path.parent == out for path in paths)


def _remove(out: Path, names: set[str]) -> None:
    for name in names:
        (out / name).unlink(missing_ok=True)
