"""The build record, stored beside each build: its identity, its inputs and its contents; and its JSON.

    BuildContents    inputs, pipelines, data sets, keys, dbt, tables, validation, checks, cursors
    RecordDraft      the contents while a run works on them; each stage returns the next draft
    BuildRecord      the contents of a published build, and its identity
    FailedBuild      the draft of a build that was kept for `dev --retry`

It is written in the present format, and read in that one and in every earlier one (`record_migrations.py`). An unknown
field is ignored; a missing one has its default. A record of a later format raises NewerFormat, with both versions.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sbdk.core.errors import NewerFormat
from sbdk.state.record_migrations import FAILED_BUILDS, RECORDS, Migration
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


Record = TypeVar("Record", BuildRecord, FailedBuild)


def dump(record: BuildRecord | FailedBuild) -> str:
    """The record as JSON, its keys sorted."""
    return json.dumps(encode(record), indent=1, sort_keys=True)


def load_record(text: str) -> BuildRecord:
    """Raises NewerFormat, and ValueError for text that is no build record of any format."""
    return _load(BuildRecord, text, RECORDS)


def load_failed(text: str) -> FailedBuild:
    """As `load_record`, of the note beside a build that was kept for `dev --retry`."""
    return _load(FailedBuild, text, FAILED_BUILDS)


def _load(kind: type[Record], text: str, migrations: Mapping[int, Migration]) -> Record:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    version = found.get("format", 1)
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"format {version!r}")
    if version > FORMAT:
        raise NewerFormat.of("the build record", version, FORMAT)
    try:
        for before in range(version, FORMAT):
            found = migrations[before](found)
        record: Record = decode(kind, found)
        return record
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record: {error}") from error


def encode(value: Any) -> Any:
    """Records, mappings, tuples and times as JSON values."""
    if is_dataclass(value):
        return {each.name: encode(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {name: encode(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def decode(kind: Any, value: Any) -> Any:
    """`value`, of JSON, as the type `kind`. Raises ValueError or TypeError where it does not fit."""
    origin = get_origin(kind)
    if is_dataclass(kind):
        return _decode_record(kind, value)
    if origin in (Union, types.UnionType):
        return None if value is None else decode(next(each for each in get_args(kind) if each is not type(None)), value)
    if origin is dict:
        return {str(name): decode(get_args(kind)[1], item) for name, item in dict(value).items()}
    if origin is tuple:
        return tuple(decode(get_args(kind)[0], item) for item in _checked_list(value))
    if kind is datetime:
        return datetime.fromisoformat(value)
    return _plain(get_args(kind) if origin is Literal else kind, value)


def _decode_record(kind: Any, value: Any) -> Any:
    required, hints = _shape(kind)
    if not isinstance(value, dict) or required - value.keys():
        raise ValueError(f"{kind.__name__} lacks {', '.join(sorted(required - dict(value).keys()))}")
    return kind(**{name: decode(hint, value[name]) for name, hint in hints.items() if name in value})


@cache
def _shape(kind: Any) -> tuple[frozenset[str], dict[str, Any]]:
    """Names of the fields without a default; the types of all fields by name."""
    required = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}
    hints = get_type_hints(kind)
    return frozenset(required), {each.name: hints[each.name] for each in fields(kind)}


def _plain(kind: Any, value: Any) -> Any:
    """A text, number or truth value; of a Literal, one of its values."""
    fits = value in kind if isinstance(kind, tuple) else type(value) is kind
    if not fits:
        raise ValueError(f"{value!r} is no {kind}")
    return value


def _checked_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")
    return value
