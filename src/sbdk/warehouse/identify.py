"""Is the published file one that this project published, and the last one?"""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import WarehouseDamaged
from sbdk.state.layout import StateDir
from sbdk.warehouse.inside import look_inside
from sbdk.warehouse.manifest import Published, announced, published_build, published_name, read_record, sequence_of
from sbdk.warehouse.retention import latest_sequence


def identify(published: Path, state: StateDir) -> Published:
    """The published build, known by the run id inside the file and checked by its size.

    Raises WarehouseDamaged: DuckDB cannot read it, it was cut, no run of this project made it, or a later one was
    published. LockHeld: another program writes to it.
    """
    about = look_inside(published)
    record = read_record(state, about.run_id)
    if record is None or record.artifact.file != published_name(published, state):
        raise WarehouseDamaged(f"holds run {about.run_id}, which was not published here", file=published)
    if record.artifact.size != about.size:
        message = f"is {about.size} bytes long, but run {about.run_id} published {record.artifact.size}"
        raise WarehouseDamaged(message, file=published)
    if _stale(published, state, about.run_id):
        raise WarehouseDamaged(f"holds run {about.run_id}, which is not the one published last", file=published)
    return published_build(state, record, published, current=True)


def _stale(published: Path, state: StateDir, run_id: str) -> bool:
    """Whether this is an earlier build of ours that somebody copied here: whole, but not what belongs here."""
    sequence = sequence_of(state, run_id)  # 0: a kill came between its rename and its mark
    if sequence in (0, latest_sequence(published, state)) or announced(state) == run_id:
        return False
    return look_inside(published).run_id == run_id  # another one by now: a run published in between
