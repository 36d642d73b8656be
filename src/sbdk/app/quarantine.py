"""`sbdk quarantine`: lists quarantined records, and replays them after a rule or the data was fixed.

Any table of the schema `quarantine` that has the columns of `QuarantinedRecord` is included.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import UnknownName
from sbdk.core.events import Emit, silent
from sbdk.core.files import atomic_write
from sbdk.core.sql import literal, quoted
from sbdk.run.landing import REPLAYS, first_position
from sbdk.run.options import RunOptions
from sbdk.run.result import RunResult

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.targets.base import Connection

SCHEMA = "quarantine"
_COLUMNS = (
    "rule", "rule_version", "reason", "raw_record", "source_file", "source_position", "run_id", "quarantined_at",
    "received",
)  # fmt: skip
_COUNTED = """
    select {}, rule, rule_version, count(*), min(quarantined_at), max(quarantined_at), min(reason)
    from {}.{} group by rule, rule_version
"""


@dataclass(frozen=True)
class RuleCount:
    """How many records of a stream a rule has in quarantine, since when, and the reason of one of them."""

    stream: str
    rule: str
    rule_version: int
    records: int
    first_at: datetime
    last_at: datetime
    example: str


@dataclass(frozen=True)
class QuarantinedRecord:
    """One record in quarantine. `quarantined_at`: wall time, naive UTC. `received`: its number in the stream."""

    stream: str
    rule: str
    rule_version: int
    reason: str
    raw_record: str
    source_file: str
    source_position: int
    run_id: str
    quarantined_at: datetime
    received: int


@dataclass(frozen=True)
class ReplayResult:
    """requested: records classified again. mended: how many of them differ in their landing file now. released: how
    many left the quarantine; kept: how many stay. run: None when there was no record to replay.
    """

    requested: int
    mended: int
    released: int
    kept: int
    run: RunResult | None


def list_quarantine(project: Project) -> list[RuleCount]:
    """Per stream, rule and version, the most frequent first. UsageError before a first run."""
    with _reader(project) as connection:
        parts = [_COUNTED.format(literal(stream), SCHEMA, quoted(stream)) for stream in _streams(connection)]
        rows = connection.rows(" union all ".join(parts) + " order by 4 desc, 1, 2") if parts else []
    return [RuleCount(*row) for row in rows]


def show_quarantine(
    project: Project, *, stream: str | None = None, rule: str | None = None, limit: int | None = 20
) -> list[QuarantinedRecord]:
    """The records, in the order in which they were received. UnknownName for an unknown stream or rule."""
    with _reader(project) as connection:
        return list(_records(connection, stream, rule, limit))


def replay(
    project: Project, *, stream: str | None = None, rule: str | None = None, emit: Emit = silent
) -> ReplayResult:
    """Classify records again, by the present rules and as their landing files have them now, in a run of the project.

    The requests are landing files themselves, so that a full refresh gives the same tables. Repeating it is harmless.
    """
    from sbdk.state.lock import ProjectLock

    found = show_quarantine(project, stream=stream, rule=rule, limit=None)
    if not found:
        return ReplayResult(0, 0, 0, 0, None)
    requests = list(_requests(project, found))
    with ProjectLock(project.loaded.state, "sbdk quarantine replay", emit=emit):
        _land(project.root / project.loaded.config.streams.folder / REPLAYS, requests)
    result = project.run(RunOptions(), emit=emit, command="sbdk quarantine replay")
    changed = sum(request["record"] != record.raw_record for request, record in zip(requests, found, strict=True))
    kept = _count_remaining(project, found) if result.status != "failed" else len(found)
    return ReplayResult(len(found), changed, len(found) - kept, kept, result)


def _reader(project: Project) -> Connection:
    project.published()
    return project.warehouse().reader()


def _streams(connection: Connection) -> list[str]:
    """The tables of the schema that hold records."""
    return [
        table.name for table in connection.tables(SCHEMA) if {column.name for column in table.columns} >= set(_COLUMNS)
    ]


def _records(
    connection: Connection, stream: str | None, rule: str | None, limit: int | None
) -> Iterator[QuarantinedRecord]:
    streams = _streams(connection)
    if stream is not None and stream not in streams:
        raise UnknownName(f"no quarantine is called {stream!r}", hint=f"known: {', '.join(streams) or 'none'}")
    _check_rule(connection, streams, rule)
    for name in streams if stream is None else [stream]:
        rows = connection.rows(
            f"select {', '.join(_COLUMNS)} from {SCHEMA}.{quoted(name)} "  # noqa: S608
            "where coalesce(rule = ?, true) order by received limit ?",
            [rule, 2**62 if limit is None else limit],
        )
        yield from (QuarantinedRecord(name, *row) for row in rows)


def _check_rule(connection: Connection, streams: Sequence[str], rule: str | None) -> None:
    """A rule that has nothing in quarantine is no error as long as some model declares it."""
    if rule is None:
        return
    parts = [f"select rule from {SCHEMA}.{quoted(stream)}" for stream in streams]  # noqa: S608
    parts += [f"select rule from {SCHEMA}.rule_results"] if connection.columns("rule_results", SCHEMA) else []  # noqa: S608
    known = sorted(row[0] for row in connection.rows(" union ".join(parts))) if parts else []
    if rule not in known:
        raise UnknownName(f"no rule is called {rule!r}", hint=f"known: {', '.join(known) or 'none'}")


def _requests(project: Project, found: Sequence[QuarantinedRecord]) -> Iterator[dict[str, Any]]:
    """One request per record, with its present text in the landing file; if the file is gone, with the old text."""
    with _reader(project) as connection:
        dataset, known_errors = project.loaded.config.dlt.dataset_name, {}
        for stream in {record.stream for record in found}:
            table = f"{quoted(dataset)}.{quoted(f'raw_{stream}')}"
            rows = connection.rows(f"select received, fault from {table} where fault is not null")  # noqa: S608
            known_errors.update({(stream, received): fault for received, fault in rows})
    now = _present_records(project.root, found)
    for record in found:
        position = (record.source_file, record.source_position)
        text, error = now.get(position, (record.raw_record, known_errors.get((record.stream, record.received))))
        yield {"stream": record.stream, "received": record.received, "record": text, "fault": error}


def _present_records(root: Path, found: Iterable[QuarantinedRecord]) -> dict[tuple[str, int], tuple[str, str | None]]:
    """Text and error by file and position, of the files that still exist."""
    from sbdk.ingest.records import read_records

    positions_by_file: dict[str, set[int]] = defaultdict(set)
    for record in found:
        positions_by_file[record.source_file].add(record.source_position)
    read = {}
    for name, positions in positions_by_file.items():
        path = root / name
        first = first_position(path.name)
        for records in read_records(path) if path.is_file() else ():
            for index, line in enumerate(records.line.to_pylist()):
                if line + first in positions:
                    read[name, line + first] = (records.text[index].as_py(), records.error[index].as_py())
    return read


def _land(folder: Path, requests: Sequence[dict[str, Any]]) -> None:
    """Write the next file of the stream of requests, atomically."""
    from sbdk.synth.streams.landing import file_name, landed

    folder.mkdir(parents=True, exist_ok=True)
    start = max((stop for _, stop, _ in landed(folder)), default=0)
    path = folder / file_name(start, start + len(requests), "jsonl")
    atomic_write(path, "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests))


def _count_remaining(project: Project, found: Sequence[QuarantinedRecord]) -> int:
    with _reader(project) as connection:
        now = {(record.stream, record.received) for record in _records(connection, None, None, None)}
    return sum((record.stream, record.received) in now for record in found)
