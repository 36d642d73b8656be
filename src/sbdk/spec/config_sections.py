"""The sections of sbdk_config.json, one model each; and the rates of the section `dirt`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sbdk.core.errors import suggestion

DEFAULT_RANGE_DAYS = 365
MOST_ROWS = 10**15

Rows = Annotated[int, Field(ge=0, le=MOST_ROWS)]


class Section(BaseModel):
    """Base of all sections."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class TimeRange(Section):
    """The keys of `data_volume` that all data sets share."""

    time_range_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description=f"Days from start_date to end_date; {DEFAULT_RANGE_DAYS} if absent.",
    )


class Performance(Section):
    """Speed and memory: no key here changes a value."""

    batch_size: int = Field(default=10_000, ge=1, le=100_000_000, description="Rows per batch.")
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
    """Checks, and how many of the failing rows are kept."""

    keep_rows: int = Field(default=100, ge=0, le=1_000_000, description="Failing rows kept for each check and run.")
    freshness: FreshnessLimits = Field(default=FreshnessLimits(), description="Limits of `sbdk check --freshness`.")


class Tracking(Section):
    """Anonymous usage figures: off unless the user turns them on."""

    enabled: bool = Field(default=False, description="Send anonymous usage figures.")
    uuid: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The anonymous id that is sent; generated and kept in .sbdk/ if null.",
    )
    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of an `sbdk webhooks` server; nothing is sent without it.",
    )


URL_VARIABLE = "SBDK_ALERTS__URL"
AlertKind = Literal["failure", "check", "freshness", "recovered"]


class Alerts(Section):
    """Alerts to a Slack-compatible webhook. Its address is a secret, SBDK_ALERTS__URL; without it no alert is sent."""

    on: list[AlertKind] = Field(
        default=["failure", "check", "freshness", "recovered"],
        description="Which alerts are sent: a run that failed, a failed check or test, stale tables, a recovery.",
    )
    repeat_hours: float = Field(
        default=24.0, ge=0, le=8760, description="Hours after which an alert about the same problem is sent again."
    )
    timeout_seconds: float = Field(
        default=3.0,
        gt=0,
        le=30,
        description="How long a run waits for the webhook at its end; the run never fails because of it.",
    )


class QuerySettings(Section):
    """What `sbdk query` and the dashboard may read besides the published warehouse."""

    folders: list[str] = Field(
        default=[],
        description="Folders, from the project on, whose files queries may read: for views over files.",
    )


MOST_SHOWN = 100_000


class DashboardSettings(Section):
    """The dashboard: its port, and the limits of its SQL box."""

    port: int = Field(default=4600, ge=0, le=65_535, description="Port on the loopback address; 0: any free one.")
    query_seconds: float = Field(
        default=1.0, gt=0, le=3_600, description="Seconds after which a query of the SQL box is stopped."
    )
    query_rows: int = Field(default=1_000, ge=1, le=MOST_SHOWN, description="Rows of a query's result that are shown.")
    export_rows: int = Field(
        default=1_000_000, ge=1, le=100_000_000, description="Rows of a query's result that an export may hold."
    )


SECRET = "SBDK_WEBHOOKS__SECRET"
SECRET_PREVIOUS = "SBDK_WEBHOOKS__SECRET_PREVIOUS"
ADMIN_TOKEN = "SBDK_WEBHOOKS__ADMIN_TOKEN"

HostName = Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$")]
Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9.:\[\]-]+$")]


class WebhookSettings(Section):
    """The webhook server: what a push rebuilds, and limits."""

    port: int = Field(default=4700, ge=0, le=65_535, description="Port of `sbdk webhooks`; 0: any free one.")
    repository_url: str | None = Field(
        default=None,
        min_length=1,
        description="URL or path of the git repository that a push rebuilds from; none: pushes are ignored.",
    )
    repository_id: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="The repository's number at GitHub; others' pushes are ignored."
    )
    branch: str = Field(
        default="main",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$",
        description="The branch whose pushes rebuild; the others are ignored.",
    )
    folder: str = Field(default="", description="Folder of the repository in which the project lies; empty: its top.")
    job_seconds: float = Field(
        default=1_800.0, gt=0, le=86_400, description="Time limit of a rebuild; then all its processes are ended."
    )
    secret_previous_until: AwareDatetime | None = Field(
        default=None,
        description="Until when the previous secret is still accepted, with an offset: 2026-12-31T00:00:00Z.",
    )
    token_days: int = Field(default=365, ge=1, le=3_650, description="Days for which a project's token is valid.")
    allowed_hosts: list[HostName] = Field(
        default=[], description="Names under which the server is reached, besides localhost and its own address."
    )
    allowed_origins: list[Origin] = Field(
        default=[], description="Origins of web pages that may call the server (CORS), exactly as browsers send them."
    )

    @model_validator(mode="after")
    def _both_or_neither(self) -> WebhookSettings:
        if (self.repository_url is None) != (self.repository_id is None):
            raise ValueError("repository_url and repository_id are set together, or not at all")
        if ".." in self.branch or self.branch.endswith(("/", ".lock")):
            raise ValueError("branch is not a name of a branch")
        if self.folder.startswith("/") or ".." in self.folder.split("/"):
            raise ValueError("folder must lie inside of the repository")
        return self


NAMED_DEFECTS = ("return", "duplicate", "out_of_order", "late", "orphan", "malformed", "schema_drift")
"""Defects with a name of their own; beside them, missing_<column> and negative_<column> exist for every column."""

DEFECT_PATTERN = rf"^({'|'.join(NAMED_DEFECTS)}|(missing|negative)_[A-Za-z_][A-Za-z0-9_]*)$"


def _known_defects(value: object) -> object:
    """ValueError with the nearest defect, where Pydantic would name the pattern that did not match."""
    for table, defects in value.items() if isinstance(value, dict) else ():
        for name in defects if isinstance(defects, dict) else ():
            if not re.match(DEFECT_PATTERN, str(name)):
                hint = suggestion(
                    str(name), NAMED_DEFECTS, shown=(*NAMED_DEFECTS, "missing_<column>", "negative_<column>")
                )
                raise ValueError(f"dirt.{table}.{name}: no such defect; {hint}")
    return value


Defect = Annotated[str, Field(pattern=DEFECT_PATTERN)]
Rate = Annotated[float, Field(ge=0, le=1)]
Rates = Annotated[dict[str, dict[Defect, Rate]], BeforeValidator(_known_defects)]


def with_defaults(
    rates: Mapping[str, Mapping[str, float]], defaults: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Rates by table and defect: as declared, else the data set's own. A table in neither has no defects."""
    tables = [*defaults, *(name for name in rates if name not in defaults)]
    return {table: {**defaults.get(table, {}), **rates.get(table, {})} for table in tables}
