"""The build record, stored beside each build: its identity, its inputs and its contents.

    BuildContents    inputs, pipelines, data sets, keys, dbt, tables, validation, checks, cursors
    RecordDraft      the contents while a run works on them; each stage returns the next draft
    BuildRecord      the contents of a published build, and its identity
    FailedBuild      the draft of a build that was kept for `dev --retry`

Reading and writing, also of older formats: `sbdk.state.record_format`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sbdk.state.record_parts import (
    Artifact,
    CheckOutcome,
    ContractOutcome,
    DbtRecord,
    Inputs,
    PipelineRecord,
    TableCount,
    TableKeys,
    Validation,
)

FORMAT = 2
"""Version of build records and kept failed builds. A change of their fields needs a migration (record_migrations)."""


@dataclass(frozen=True, kw_only=True)
class BuildContents:
    """What a build holds. `pipelines`: by file name; `datasets`: fingerprint by synthetic table; `keys`: by raw table.

    `tables`: raw tables and models. `validation`: None before the first one. `contracts`: outcome by raw table.
    `cursors`: position by source; those of dlt are in the database.
    """

    inputs: Inputs = field(default_factory=Inputs)
    pipelines: dict[str, PipelineRecord] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    keys: dict[str, TableKeys] = field(default_factory=dict)
    dbt: DbtRecord = field(default_factory=DbtRecord)
    tables: tuple[TableCount, ...] = ()
    validation: Validation | None = None
    checks: tuple[CheckOutcome, ...] = ()
    contracts: dict[str, ContractOutcome] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)

    def contents(self) -> dict[str, Any]:
        """The fields of this class by name, to make another kind of record of the same contents."""
        return {each.name: getattr(self, each.name) for each in fields(BuildContents)}


@dataclass(frozen=True, kw_only=True)
class RecordDraft(BuildContents):
    """`loads`: whether raw tables are loaded. `loaded_tables`: those that were, or that may have been emptied.
    `built`: models that are up to date, built by this run or unchanged. `transformed`: dbt has built the whole project
    as far as it could: the node hashes are those of the nodes that are good.
    `interval`: first day and day after the last, ISO 8601, of a run that loads an interval again."""

    loads: bool = False
    loaded_tables: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    transformed: bool = False
    interval: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuildRecord(BuildContents):
    """One build. `parent`: the build that was published when this one was made; `made_at`: aware, UTC; `sbdk`: the
    version that made it, None where it is not recorded; `clock`: naive UTC."""

    run_id: str
    parent: str | None
    made_at: datetime
    artifact: Artifact
    clock: datetime | None = None
    sbdk: str | None = None
    format: int = FORMAT


@dataclass(frozen=True, kw_only=True)
class FailedBuild:
    """A build whose run failed: `begun_by`, the run that began the build, `run_id`, the last one that worked on it,
    and the `stage` in which that failed."""

    begun_by: str
    parent: str | None
    run_id: str
    stage: str
    draft: RecordDraft
    format: int = FORMAT
