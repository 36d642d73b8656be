"""ProjectConfig: every key of `sbdk_config.json`, with its default; and its JSON Schema, for editors.

`init` writes the schema beside the configuration as `.sbdk_config.schema.json`, and the scaffolded file points at it:
`"$schema": "./.sbdk_config.schema.json"`. It is a file of the project like any other: a fresh clone has it.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, field_validator, model_validator

from sbdk.spec.config_sections import (
    DEFAULT_RANGE_DAYS,
    MOST_ROWS,
    Alerts,
    DashboardSettings,
    Dlt,
    Performance,
    Quality,
    QuerySettings,
    Rates,
    Section,
    Tracking,
    WebhookSettings,
)
from sbdk.spec.data_set_sections import DataVolume, ScoreSettings, StreamSettings
from sbdk.spec.data_sets import default_data_sets, entries
from sbdk.spec.world import WorldSettings, check_weights

PROJECT_NAME = r"^[a-z][a-z0-9_-]{0,62}$"
DEFAULT_END = date(2026, 1, 1)
Locale = Literal["country", "en_US", "en_GB", "en_CA", "en_AU", "de_DE", "fr_FR", "ja_JP"]
OpenMapping = dict[str, JsonValue]

# Accepted, but without effect in this version; `load_project` warns when one is set.
NOT_YET_USED = ("destination",)


def _iso_date(value: object) -> object:
    """Only YYYY-MM-DD: Pydantic alone would read 20260101 as seconds since 1970."""
    if not isinstance(value, str):
        return value
    if len(value) != 10:
        raise ValueError("must be a date like 2026-01-31")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("must be a date like 2026-01-31") from error


Day = Annotated[
    date,
    BeforeValidator(_iso_date, json_schema_input_type=date),
    Field(ge=date(1900, 1, 1), le=date(2261, 12, 31)),
]


class ProjectConfig(Section):
    """A project's configuration, validated. Paths are as written; `load_project` resolves them."""

    model_config = ConfigDict(title="sbdk_config.json", validate_by_name=True, validate_by_alias=True)

    schema_: str | None = Field(default=None, alias="$schema", description="Where an editor finds this schema.")
    project: str = Field(
        pattern=PROJECT_NAME,
        description="The project's name: a small letter, then small letters, digits, _ or -; at most 63.",
    )
    target: str = Field(
        default="dev", pattern=PROJECT_NAME, description="Environment: dev, staging, prod or a name of yours."
    )
    duckdb_path: str = Field(
        default="data/{target}.duckdb",
        min_length=1,
        description="The published DuckDB file; {target} stands for the target. Only the environment "
        "(SBDK_DUCKDB_PATH) may put it outside the project.",
    )
    pipelines_path: str = Field(
        default="pipelines", min_length=1, description="Folder of the dlt sources, one per file."
    )
    dbt_path: str = Field(default="dbt", min_length=1, description="Folder of the dbt project.")
    profiles_dir: str = Field(default="dbt", min_length=1, description="Folder with dbt's profiles.yml.")
    datasets: list[str] = Field(
        default=default_data_sets(),
        description="Synthetic data sets: names of built-in ones, or paths of declared ones (datasets/x.yml).",
    )
    seed: int = Field(
        default=42, ge=0, le=2**63 - 1, description="Decides every synthetic value; another seed gives other data."
    )
    locale: Locale = Field(
        default="country", description="Language of names and places; country: each row's own country decides."
    )
    start_date: Day | None = Field(
        default=None, description="First day of the data (UTC); end_date − time_range_days if null."
    )
    end_date: Day | None = Field(
        default=None, description=f"First end of the data (UTC midnight, not included); {DEFAULT_END} if null."
    )
    data_volume: DataVolume = Field(default=DataVolume(), description="How many rows the synthetic tables have.")
    scale: float = Field(default=1.0, gt=0, le=1e9, description="Multiplies every volume.")
    distributions: OpenMapping = Field(
        default_factory=dict, description="Weights that replace a data set's own, by name: {name: {value: weight}}."
    )
    vars: OpenMapping = Field(
        default_factory=dict, description="dbt's vars, as in `dbt --vars`; `sbdk dev --vars` replaces single ones."
    )
    performance: Performance = Field(default=Performance(), description="Speed and memory; no key changes a value.")
    dlt: Dlt = Field(default=Dlt(), description="Names dlt uses.")
    destination: dict[str, OpenMapping] = Field(
        default_factory=dict,
        description="Where a target's tables go, by target, when it is not DuckDB (later version).",
    )
    query: QuerySettings = Field(default=QuerySettings(), description="What queries may read.")
    quality: Quality = Field(default=Quality(), description="Checks.")
    tracking: Tracking = Field(default=Tracking(), description="Anonymous usage figures; off by default.")
    dirt: Rates = Field(
        default_factory=dict,
        description="Faults planted in the data, {table: {defect: rate 0..1}}; a data set may have some of its own.",
    )
    streams: StreamSettings = Field(
        default=StreamSettings(), description="Continuous streams, of data sets that emit them."
    )
    score: ScoreSettings = Field(default=ScoreSettings(), description="What `sbdk score` grades.")
    alerts: Alerts = Field(default=Alerts(), description="Alerts about failed runs and stale tables.")
    webhooks: WebhookSettings = Field(default=WebhookSettings(), description="The API server, `sbdk webhooks`.")
    dashboard: DashboardSettings = Field(default=DashboardSettings(), description="The dashboard of `sbdk start`.")

    @field_validator("datasets")
    @classmethod
    def _no_data_set_twice(cls, names: list[str]) -> list[str]:
        for index, name in enumerate(names):
            if not name.strip():
                raise ValueError("an empty name")
            if name in names[:index]:
                raise ValueError(f"{name!r} is listed twice")
        return names

    @field_validator("distributions")
    @classmethod
    def _weights_can_be_drawn_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        check_weights(value, "distributions")
        return value

    @model_validator(mode="after")
    def _dates_agree(self) -> ProjectConfig:
        start, end = self.dates()
        if end <= start:
            raise ValueError(f"end_date ({end}) must be after start_date ({start})")
        days = self.data_volume.time_range_days
        if self.start_date and self.end_date and days is not None and (end - start).days != days:
            raise ValueError(
                f"start_date ({start}) and end_date ({end}) are {(end - start).days} days apart, "
                f"but data_volume.time_range_days says {days}: leave one of the three out"
            )
        return self

    @model_validator(mode="after")
    def _rows_can_be_counted(self) -> ProjectConfig:
        for table, rows in self._volumes().items():
            if rows > MOST_ROWS:
                raise ValueError(f"scale × data_volume makes {rows:.0e} {table}: more than {MOST_ROWS:.0e}")
        self._streams()
        return self

    def dates(self) -> tuple[date, date]:
        """start_date and end_date; a missing end is DEFAULT_END, a missing start is counted back from the end."""
        end = self.end_date or DEFAULT_END
        span = timedelta(days=self.data_volume.time_range_days or DEFAULT_RANGE_DAYS)
        return self.start_date or end - span, end

    def world_settings(self) -> WorldSettings:
        """All settings that decide synthetic cells, with the scale applied to the volumes."""
        start, end = (datetime.combine(day, time()) for day in self.dates())
        volumes = self._volumes()
        return WorldSettings(self.seed, start, end, volumes, dict(self.distributions), self.locale, self._streams())

    def known_rows(self) -> dict[str, int]:
        """Rows by table, for the data sets whose size the configuration decides."""
        rows_by_table: dict[str, int] = {}
        for name, entry in entries().items():
            if entry.volumes and name in self.datasets:
                rows = entry.volumes(self.data_volume, self.scale)
                rows_by_table |= {entry.tables.get(short, short): count for short, count in rows.items()}
        return rows_by_table

    def _volumes(self) -> dict[str, int]:
        """Rows by short name, of the project's data sets and always of the default one."""
        volumes: dict[str, int] = {}
        for name, entry in entries().items():
            if entry.volumes and (entry.is_default or name in self.datasets):
                volumes |= entry.volumes(self.data_volume, self.scale)
        return volumes

    def _streams(self) -> StreamSettings:
        """The section `streams`, with the scale applied to the volumes of the project's data sets."""
        streams = self.streams
        for name, entry in entries().items():
            if entry.scaled_streams and name in self.datasets:
                streams = entry.scaled_streams(streams, self.scale)
        return streams

    @property
    def identifier(self) -> str:
        """The project's name with `_` for `-`, for dbt and dlt."""
        return self.project.replace("-", "_")

    @property
    def pipeline_name(self) -> str:
        """dlt's pipeline name."""
        return self.dlt.pipeline_name or self.identifier


SHIPPED = Path(__file__).with_name("sbdk_config.schema.json")


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12), made from ProjectConfig; every key has a description and, if optional, a default."""
    schema = ProjectConfig.model_json_schema(by_alias=True, mode="validation")
    defaults = ProjectConfig(project="p").model_dump(mode="json", by_alias=True)
    for key, field in schema["properties"].items():
        if key != "project":
            field["default"] = defaults[key]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
