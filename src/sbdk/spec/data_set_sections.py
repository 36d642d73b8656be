"""The sections that data sets add keys to: `data_volume`, `streams` and `score`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sbdk.spec.config_sections import Defect, Section, TimeRange
from sbdk.spec.data_sets import composed, entries

if TYPE_CHECKING:

    class DataVolume(TimeRange):
        """The keys that all data sets share: code outside `datasets` knows no others."""

else:
    DataVolume = composed(
        "DataVolume",
        [TimeRange],
        [entry.volume_keys for entry in entries().values()],
        "Rows at the anchor, absolute or per row of another table; `scale` multiplies them afterwards.",
    )


class StreamPace(Section):
    """How fast records are emitted. It decides arrival only, never a value."""

    interval: float = Field(default=30.0, gt=0, le=86_400, description="Seconds per micro-batch with the real clock.")


class LandingFiles(Section):
    """The files of emitted records. It decides arrival only, never a value."""

    format: Literal["jsonl", "parquet"] = Field(
        default="jsonl", description="Format of the files in the landing folder."
    )
    folder: str = Field(default="landing", min_length=1, description="The landing folder, inside the project.")
    batches_per_file: int = Field(
        default=12, ge=1, le=10_000, description="Batches per landing file with the virtual clock."
    )


if TYPE_CHECKING:

    class StreamSettings(LandingFiles, StreamPace):
        """The keys that all data sets share: code outside `datasets` knows no others."""

else:
    StreamSettings = composed(
        "StreamSettings",
        [StreamPace, LandingFiles],
        [entry.stream_keys for entry in entries().values()],
        "Continuous streams. interval, format, folder and batches_per_file decide arrival only, never a value.",
    )


if TYPE_CHECKING:
    Role = str
else:
    Role = Literal[tuple(role for entry in entries().values() for role in entry.roles)]

TableName = Annotated[str, Field(pattern=r"^[^.\"]+\.[^.\"]+$")]
ColumnName = Annotated[str, Field(min_length=1)]


class ScoreSettings(Section):
    """Tables, columns and rule names of a warehouse that `sbdk score` grades, where they are not the template's."""

    tables: dict[Role, TableName | None] = Field(
        default={},
        description="Where each role is, {role: schema.table}; null: there is none. Default: the template's.",
    )
    columns: dict[Role, dict[str, ColumnName]] = Field(
        default={}, description="Columns with other names, {role: {column: its name there}}."
    )
    rules: dict[str, Defect] = Field(
        default={}, description="The defect that a rule of the quarantine tables stands for, {rule: defect}."
    )
