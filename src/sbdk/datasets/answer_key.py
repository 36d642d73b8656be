"""The answer key as Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sbdk.core.files import draft_path, publish_draft
from sbdk.datasets.base import AnswerRequest
from sbdk.datasets.union import Datasets
from sbdk.synth.answer_key import ClassifiedRecords, Classifier, bucket_table, defect_table
from sbdk.synth.dirt import Dirt
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.timeline import micros

_CHUNK = 200_000
"""Positions that are classified at a time."""


def emitted_positions(emitter: Emitter, dirt: Dirt, until: datetime | None = None) -> dict[str, int]:
    """How many records each table has emitted before a virtual time (default: the anchor)."""
    time = micros(until or emitter.anchor)
    return {table: Stream(emitter, table, dirt).count(time) for table in emitter.tables}


def answered_tables(datasets: Datasets) -> list[str]:
    """Tables of data sets that have an answer key but no stream: all their rows exist, unless they have dirt."""
    owners = {table: datasets.owner(table) for table in datasets.tables}
    return [table for table, owner in owners.items() if owner.answers is not None and owner.streams is None]


def write_truth(
    datasets: Datasets,
    dirt: Dirt,
    out: Path,
    *,
    positions: Mapping[str, int] | None = None,
    until: datetime | None = None,
) -> list[Path]:
    """Write the defects and buckets of the streams in `positions`, and each data set's own answers until `until`.

    positions: by table, how many records have been emitted (of a landing folder: `landed_positions`); by default
    those before `until`, the anchor by default. Each file is replaced whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    seen = dict(positions) if positions is not None else emitted_positions(datasets, dirt, until)
    requests = {
        part.answers: AnswerRequest(dirt, seen, until or datasets.anchor)
        for part in datasets.parts.values()
        if part.answers is not None
    }
    defect_file, bucket_file = _ParquetDraft(out / "defects.parquet"), _ParquetDraft(out / "buckets.parquet")
    with defect_file, bucket_file:
        for table, records in _classified(datasets, dirt, seen):
            defect_file.add(defect_table(table, records))
            bucket_file.add(bucket_table(table, records))
            answers = datasets.owner(table).answers
            if answers is not None and (kept := answers.keep(table, records)) is not None:
                requests[answers].kept.append(kept)
    contents = [answers.files(request) for answers, request in requests.items()]
    files = [_write(parts, out / f"{name}.parquet") for content in contents for name, parts in content.items()]
    return [*((defect_file.path, bucket_file.path) if seen else ()), *files]


def _classified(datasets: Datasets, dirt: Dirt, seen: Mapping[str, int]) -> Iterator[tuple[str, ClassifiedRecords]]:
    """All emitted records, by table and chunk; at least one chunk each."""
    for table, stop in seen.items():
        classifier = Classifier(datasets, dirt, table, seen)
        for start in range(0, max(stop, 1), _CHUNK):
            yield table, classifier.classify(start, min(start + _CHUNK, stop))


class _ParquetDraft:
    """A Parquet file to which tables are appended; it is published when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = draft_path(path)
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._part, table.schema, compression="zstd", store_schema=False)
        self._writer.write_table(table)

    def __enter__(self) -> _ParquetDraft:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is None:
            return
        self._writer.close()
        if kind is None:
            publish_draft(self._part, self.path)
        else:
            self._part.unlink(missing_ok=True)


def _write(parts: Iterable[pa.Table], path: Path) -> Path:
    with _ParquetDraft(path) as file:
        for part in parts:
            file.add(part)
    return path
