"""`sbdk quarantine`: lists quarantined records, and replays them after a rule or the data was fixed.

Any table of the schema `quarantine` that has the columns of `QuarantinedRecord` is included.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.core.events import Emit, silent
from sbdk.core.files import atomic_write
from sbdk.core.sql import literal, quoted
from sbdk.run.landing import REPLAYS, first_position
from sbdk.run.options import RunOptions
from sbdk.run.result import RunResult
from sbdk.spec.strict_json import read_text

if TYPE_CHECKING:
    from sbdk.contracts.replay import Replayed
    from sbdk.project import Project
    from sbdk.targets.base import Connection

SCHEMA = "quarantine"
_COLUMNS = (
    "rule", "rule_version", "reason", "raw_record", "source_file", "source_position", "run_id", "quarantined_at",
    "received",
)  # fmt: skip
_MOST_MENDED = 2**30  # bytes of an edited export
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
    """One record in quarantine. `quarantined_at`: wall time, naive UTC. `received`: its number in the stream, or in the
    quarantine of its table. `contract_version`: None for a record of a stream, which models classify."""

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
    contract_version: str | None = None


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


def without_pii(project: Project, records: Iterable[QuarantinedRecord]) -> list[QuarantinedRecord]:
    """The records with masks in place of the values of columns that a contract classifies as personal."""
    from sbdk.contracts.masking import masked
    from sbdk.contracts.personal_data import personal_columns

    personal = {name: personal_columns(table.schema) for name, table in project.contracts.items()}
    return [replace(each, raw_record=masked(each.raw_record, personal.get(each.stream, set()))) for each in records]


def replay(
    project: Project,
    *,
    stream: str | None = None,
    rule: str | None = None,
    mended: Path | None = None,
    emit: Emit = silent,
) -> ReplayResult:
    """Judge records again, by the present rules and contracts, in a run of the project. Repeating it is harmless.

    Records of a stream are read as their landing files have them now; the requests are landing files themselves, so
    that a full refresh gives the same tables. Records of a table with a contract are read from the quarantine, or from
    `mended`, a file of `export_quarantine` in which they were edited.
    """
    found = show_quarantine(project, stream=stream, rule=rule, limit=None)
    edited = _read_mended(mended) if mended else {}
    if mended:
        found = [record for record in found if _key(record) in edited]
    if not found:
        return ReplayResult(0, 0, 0, 0, None)
    landed = [record for record in found if record.contract_version is None]
    texts = {_key(record): edited.get(_key(record), record.raw_record) for record in found}
    texts |= _request_again(project, landed, emit)
    options = RunOptions(replay=_replayed(found, texts), changes_only=not landed)
    result = project.run(options, emit=emit, command="sbdk quarantine replay")
    changed = sum(texts[_key(record)] != record.raw_record for record in found)
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
        of_contract = "contract_version" in {column.name for column in connection.columns(name, SCHEMA)}
        columns = [*_COLUMNS, "contract_version" if of_contract else "null"]
        rows = connection.rows(
            f"select {', '.join(columns)} from {SCHEMA}.{quoted(name)} "  # noqa: S608
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


def _key(record: QuarantinedRecord) -> tuple[str, int]:
    return record.stream, record.received


def _replayed(found: Iterable[QuarantinedRecord], texts: Mapping[tuple[str, int], str]) -> dict[str, list[Replayed]]:
    """By table with a contract: its records, with the texts that they have now."""
    from sbdk.contracts.replay import Replayed

    replayed: dict[str, list[Replayed]] = defaultdict(list)
    for record in found:
        if record.contract_version is not None:
            replayed[record.stream].append(Replayed(record.received, texts[_key(record)]))
    return replayed


def _request_again(project: Project, records: Sequence[QuarantinedRecord], emit: Emit) -> dict[tuple[str, int], str]:
    """Land requests for records of streams; their present texts."""
    from sbdk.state.lock import ProjectLock

    if not records:
        return {}
    requests = list(_requests(project, records))
    with ProjectLock(project.loaded.state, "sbdk quarantine replay", emit=emit):
        _land(project.root / project.loaded.config.streams.folder / REPLAYS, requests)
    return {_key(record): request["record"] for record, request in zip(records, requests, strict=True)}


def export_quarantine(project: Project, *, stream: str | None = None, rule: str | None = None) -> str:
    """The records as JSON Lines, to be edited and replayed: stream, received, rule, reason, record."""
    found = show_quarantine(project, stream=stream, rule=rule, limit=None)
    names = {"stream": "stream", "received": "received", "rule": "rule", "reason": "reason", "record": "raw_record"}
    lines = [{key: getattr(record, name) for key, name in names.items()} for record in found]
    for line in lines:
        with suppress(ValueError):  # a record that is no JSON stays a text
            line["record"] = json.loads(line["record"])
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _read_mended(path: Path) -> dict[tuple[str, int], str]:
    """The records of an edited export, by stream and number. ConfigError names the line that is none."""
    mended = {}
    for number, line in enumerate(read_text(path, _MOST_MENDED).splitlines(), 1):
        try:
            each = json.loads(line)
            text = each["record"] if isinstance(each["record"], str) else json.dumps(each["record"], ensure_ascii=False)
            mended[str(each["stream"]), int(each["received"])] = text
        except (ValueError, KeyError, TypeError) as error:
            hint = "`sbdk quarantine export` writes such a file: stream, received and record on each line"
            raise ConfigError(f"line {number}: no record of a quarantine", file=path, hint=hint) from error
    return mended


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
