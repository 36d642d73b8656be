"""The section `streams`: how many records the sources emit, how fast, and in which files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sbdk.spec.config_sections import Section
from sbdk.spec.data_sets import composed, entries


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
