"""The type of a data set: its tables, and the parts that only some have: dirt, streams, an answer key, a grader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sbdk.synth.dirt.source import Source, TableSource
from sbdk.synth.table import Table, Tables

if TYPE_CHECKING:
    import pyarrow as pa

    from sbdk.score.card import ScoredWarehouse
    from sbdk.spec.data_set_sections import ScoreSettings
    from sbdk.synth.answer_key import ClassifiedRecords
    from sbdk.synth.dirt import Dirt
    from sbdk.targets.base import Connection

Rates = Mapping[str, Mapping[str, float]]
"""{table: {defect: rate 0..1}}"""


@dataclass(frozen=True)
class DirtSupport:
    """Dirt of its own. rates: the default rates of its tables."""

    rates: Rates


class StreamSupport(Protocol):
    """The data set emits its tables as streams, by rules of its own; `sbdk generate` writes them clean."""

    def source(self, table: str, dirt: Dirt) -> Source:
        """The records of a table as they happen under this dirt, before they are corrupted."""


@dataclass(frozen=True)
class AnswerRequest:
    """The request for an answer key. positions: by table, how many records were emitted. until: virtual time.

    kept: the result of `AnswerKey.keep` for each chunk of emitted records.
    """

    dirt: Dirt
    positions: Mapping[str, int]
    until: datetime
    kept: list[pa.Table] = field(default_factory=list)


class AnswerKey(Protocol):
    """The answers of a data set, beside the defects and buckets that are written for every data set."""

    def keep(self, table: str, records: ClassifiedRecords) -> pa.Table | None:
        """The part of a chunk of emitted records that `files` needs; None: nothing."""

    def files(self, request: AnswerRequest) -> Mapping[str, Iterable[pa.Table]]:
        """The content of each file, by name, in parts."""


@dataclass(frozen=True)
class GradingRequest:
    """The input of a grader.

    connection: read-only, to the warehouse. tables: the project's, with its dirt. rates: the configuration's dirt.
    landing: the folder that was loaded. clock, fingerprints: of the published build; None and none for another file.
    landed: the landing files that the published build has read; None for another file.
    """

    connection: Connection
    tables: Mapping[str, Table]
    settings: ScoreSettings
    seed: int
    rates: Rates
    landing: Path
    clock: datetime | None = None
    landed: frozenset[str] | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)


class Grader(Protocol):
    """Grades a warehouse against the answers of the data set."""

    def grade(self, request: GradingRequest) -> ScoredWarehouse:
        """Raises UsageError where there is nothing to grade, ConfigError for a wrong mapping of roles to tables,
        SourceError if the configuration has changed since, so that its truth is about other records."""


class Dataset:
    """Base of all data sets. `tables` and `anchor` are set when one is opened; optional parts that it lacks are None.

    tables: by name, parents before children. anchor: the first end of the data, where volumes are exact (naive UTC).
    """

    name: str
    tables: Tables
    anchor: datetime
    dirt: DirtSupport | None = None
    streams: StreamSupport | None = None
    answers: AnswerKey | None = None

    @property
    def grader(self) -> Grader | None:
        """Imported on use: it brings an SQL engine or statistics."""
        return None

    def default_rates(self) -> Rates:
        """The default dirt of its tables."""
        return self.dirt.rates if self.dirt else {}

    def source(self, table: str, dirt: Dirt) -> Source:
        """The records of a table as they happen under this dirt, before they are corrupted."""
        return self.streams.source(table, dirt) if self.streams else TableSource(self.tables[table])
