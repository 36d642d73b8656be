"""What dbt's nodes read besides raw tables and each other: files, the time, and what nobody can tell beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.format import plural
from sbdk.load.fingerprints import changed_files, matches, stamp_files
from sbdk.run.plan import PlanInputs
from sbdk.state.record_parts import DbtRecord, FileStamp, NodeReads

if TYPE_CHECKING:
    from sbdk.transform import TransformResult

Files = dict[str, dict[str, FileStamp]]
"""By pattern: the files that it matched."""


def reads_something_new(inputs: PlanInputs) -> str | None:
    """Why dbt has to run although neither raw tables nor the project changed; None if it need not."""
    known = inputs.known.dbt
    if known.project_hash is None or known.reads is None:
        return None  # nothing was built, or an earlier sbdk built it: then the templates alone are looked at
    for pattern, files in known.files.items():
        if names := changed_files(files, [pattern], inputs.project.root):
            return f"{names[0]} changed: what reads it is built"
    unknown = sum(reads.unknown for reads in known.reads.values())
    if unknown and not inputs.options.changes_only:
        return f"{plural(unknown, 'node')} may differ from run to run (the time, a remote file …)"
    return None


def due_nodes(known: DbtRecord, root: Path, *, changes_only: bool) -> list[str]:
    """Ids of the nodes that read a file that changed, or what may have changed unseen."""
    changed = {pattern for pattern, files in known.files.items() if changed_files(files, [pattern], root)}
    return sorted(
        node
        for node, reads in (known.reads or {}).items()
        if (reads.unknown and not changes_only) or changed & set(reads.patterns)
    )


def with_reads(known: DbtRecord, result: TransformResult, root: Path, began: int) -> DbtRecord:
    """The record with what the built nodes read. `began`: when dbt began, in ns; later changes count."""
    present = set(result.hashes.nodes) if result.hashes else None
    kept = {
        node: reads
        for node, reads in (known.reads or {}).items()
        if (present is None or node in present or node == "hooks") or (node.startswith("sql.") and not result.reads)
    }
    fresh = {
        node: NodeReads(reads.names, tuple(_name(each, root) for each in reads.patterns), reads.unknown, reads.catalog)
        for node, reads in result.reads.items()
    }
    reads = {**kept, **fresh}
    files = _stamped(reads, known.files, fresh, root, began)
    variables = tuple(sorted({*known.variables, *result.variables}))
    return replace(known, reads=reads, files=files, variables=variables)


def _stamped(reads: Mapping[str, NodeReads], known: Files, fresh: Iterable[str], root: Path, began: int) -> Files:
    """The files of all patterns; stamped anew where every node that reads them was built."""
    rest = {pattern for node, each in reads.items() if node not in set(fresh) for pattern in each.patterns}
    patterns = {pattern for each in reads.values() for pattern in each.patterns}
    return {
        pattern: known[pattern] if pattern in rest and pattern in known else _stamps(pattern, root, began)
        for pattern in sorted(patterns)
    }


def _stamps(pattern: str, root: Path, began: int) -> dict[str, FileStamp]:
    stamps = stamp_files(matches(pattern, root), root)
    return {
        name: stamp if max(stamp.mtime_ns, (root / name).stat().st_ctime_ns) < began else replace(stamp, size=-1)
        for name, stamp in stamps.items()
    }


def _name(pattern: str, root: Path) -> str:
    """Relative to the project if it is below it, so that the project can move."""
    path = Path(pattern)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else pattern
