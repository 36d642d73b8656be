"""The sections of a project's configuration: plain data, frozen, unknown keys refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_RANGE_DAYS = 365
MOST_ROWS = 10**15

Rows = Annotated[int, Field(ge=0, le=MOST_ROWS)]


class Section(BaseModel):
    """Base of all sections."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class TimeRange(Section):
    """What `data_volume` says of every data set."""

    time_range_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description=f"Days from start_date to end_date; {DEFAULT_RANGE_DAYS} if nothing says.",
    )


class Performance(Section):
    """How fast, never what: no key here changes a value."""

    batch_size: int = Field(
        default=10_000, ge=1, le=100_000_000, description="Rows that are made and handed on at a time."
    )
    parallel_pipelines: bool = Field(default=True, description="Run independent files of pipelines_path side by side.")
    threads: int | None = Field(
        default=None, ge=1, le=1024, description="Threads to use; as many as there are cores if null."
    )


class Dlt(Section):
    """Names under which dlt keeps its state and its tables."""

    pipeline_name: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9_]{0,62}$", description="dlt's pipeline name; the project's name if null."
    )
    dataset_name: str = Field(
        default="raw", pattern=r"^[a-z][a-z0-9_]{0,62}$", description="Schema of the raw tables in the warehouse."
    )


class FreshnessLimits(Section):
    """How old the latest load of a table may be."""

    warn_hours: float = Field(default=24.0, gt=0, description="Hours after the last load at which a table is late.")
    error_hours: float | None = Field(default=None, gt=0, description="Hours at which it is an error; never if null.")

    @model_validator(mode="after")
    def _in_order(self) -> FreshnessLimits:
        if self.error_hours is not None and self.error_hours < self.warn_hours:
            raise ValueError(f"error_hours ({self.error_hours}) is less than warn_hours ({self.warn_hours})")
        return self


class Quality(Section):
    """Checks and what is kept of the rows that fail them."""

    keep_rows: int = Field(default=100, ge=0, le=1_000_000, description="Failing rows kept for each check and run.")
    freshness: FreshnessLimits = Field(default=FreshnessLimits(), description="Limits of `sbdk check --freshness`.")


class Tracking(Section):
    """Anonymous usage figures: off unless the user turns them on."""

    enabled: bool = Field(default=False, description="Send anonymous usage figures.")
    uuid: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The anonymous id that is sent; made up and kept in .sbdk/ if null.",
    )
    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of an `sbdk webhooks` server; nothing is sent without it.",
    )
