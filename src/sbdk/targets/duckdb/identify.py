"""Is the published file one that this project published, and the last one?"""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import WarehouseDamaged
from sbdk.state.builds import latest_sequence
from sbdk.targets.duckdb.metadata import look_inside
from sbdk.warehouse.manifest import Published, announced, published_build, published_name, read_manifest, sequence_of


def identify(published: Path, state: Path) -> Published:
    """The published build, known by the run id inside the file and checked by its size.

    Raises WarehouseDamaged: DuckDB cannot read it, it was cut, no run of this project made it, or a later one was
    published. LockHeld: another program writes to it.
    """
    about = look_inside(published)
    manifest = read_manifest(state, about.run_id)
    if manifest is None or manifest.file != published_name(published, state):
        raise WarehouseDamaged(f"holds run {about.run_id}, which was not published here", file=published)
    if manifest.size != about.size:
        message = f"is {about.size} bytes long, but run {about.run_id} published {manifest.size}"
        raise WarehouseDamaged(message, file=published)
    if _stale(published, state, about.run_id):
        raise WarehouseDamaged(f"holds run {about.run_id}, which is not the one published last", file=published)
    return published_build(state, manifest, published, current=True)


def _stale(published: Path, state: Path, run_id: str) -> bool:
    """Whether this is an earlier build of ours that somebody copied here: whole, but not what belongs here."""
    sequence = sequence_of(state, run_id)  # 0: a kill came between its rename and its mark
    if sequence in (0, latest_sequence(published, state)) or announced(state) == run_id:
        return False
    return look_inside(published).run_id == run_id  # another one by now: a run published in between
