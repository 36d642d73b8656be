"""Sections and charts that `report/*.yml` declares, and how those files are read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sbdk.core.errors import ConfigError
from sbdk.spec import strict_yaml
from sbdk.spec.errors import explain
from sbdk.spec.strict_json import read_text

Mark = Literal["line", "area", "bar", "dot", "interval", "histogram", "cell", "figures", "table"]
Format = Literal["number", "percent", "change", "dollars", "euros", "pounds", "days", "plain"]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]

MOST_ROWS = 5_000
ROWS = 1_000


class Declared(BaseModel):
    """Base of what report files hold: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Reference(Declared):
    """A thin line across a chart, at a value or a day that the others are to be compared with."""

    at: float | str = Field(description="A number on the axis of values, or a day (2026-01-31) on the axis of time.")
    text: str = Field(default="", max_length=80, description="Label of the line.")

    @field_validator("at")
    @classmethod
    def _a_number_or_a_day(cls, value: float | str) -> float | str:
        if isinstance(value, str):
            try:
                date.fromisoformat(value)
            except ValueError:
                raise ValueError("must be a number, or a day like 2026-01-31") from None
        return value


class Chart(Declared):
    """One chart of the result of one query. Keys that are absent follow from the columns."""

    title: str = Field(min_length=1, max_length=160, description="What it shows.")
    sql: str = Field(min_length=1, description="One SELECT, or the name of a .sql file beside this one.")
    mark: Mark | None = Field(
        default=None,
        description="line, area, bar, dot, interval (a dot and its low–high), histogram (of x), cell (a heat map), "
        "figures (the columns of one row) or table. Default: a line if x is a time, else a bar.",
    )
    x: ColumnName | None = Field(default=None, description="Column to the right; the first one by default.")
    y: ColumnName | list[ColumnName] | None = Field(
        default=None, description="Column upwards, or several: one series each. The second one by default."
    )
    colour: ColumnName | None = Field(
        default=None, description="Column with one colour per value; of a cell, its value."
    )
    low: ColumnName | None = Field(default=None, description="Lower end of an interval, or of a line's band.")
    high: ColumnName | None = Field(default=None, description="Upper end.")
    format: Format | dict[ColumnName, Format] = Field(
        default="number",
        description="How the values read, or by column, {revenue: dollars, share: percent}. percent and change (with "
        "its sign) take shares: 0.05 is 5 %. plain: without grouping, for years.",
    )
    stack: Literal["sum", "share"] = Field(
        default="sum", description="Series of bars and areas lie on each other; share: as parts of 100 %."
    )
    dashed: str | None = Field(default=None, description="The series that is drawn dashed, for example a forecast.")
    reference: Reference | None = Field(default=None, description="A line to compare with.")
    text: str = Field(default="", description="A sentence or two below the title.")
    size: Literal["half", "full"] = Field(default="half", description="Width on the page.")
    height: int | None = Field(default=None, ge=80, le=1200, description="Height in pixels; else what it takes.")
    limit: int = Field(
        default=ROWS, ge=1, le=MOST_ROWS, description="At most so many rows; when there are more, the page says so."
    )

    @field_validator("y")
    @classmethod
    def _series_are_several(cls, value: str | list[str] | None) -> str | list[str] | None:
        if isinstance(value, list) and (not value or len(set(value)) < len(value)):
            raise ValueError("must be a column, or a list of different columns")
        return value

    @model_validator(mode="after")
    def _ends_come_in_pairs(self) -> Chart:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high come together")
        if self.mark == "interval" and self.low is None:
            raise ValueError("mark: interval needs low and high, the columns with its two ends")
        if isinstance(self.y, list) and (self.colour or self.mark not in ("line", "area", "bar", None)):
            raise ValueError("several columns as y are series of a line, an area or bars, without a colour")
        return self


class Section(Declared):
    """A part of the page: one file."""

    title: str = Field(min_length=1, max_length=160, description="Heading.")
    text: str = Field(default="", description="A few sentences below it.")
    charts: list[Chart] = Field(min_length=1, description="In their order on the page.")
    file: Path = Field(default=Path(), exclude=True, json_schema_extra={"readOnly": True})

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.file.stem


SHIPPED = Path(__file__).with_name("report.schema.json")


def read_report(folder: Path) -> list[Section]:
    """The sections in `folder`, one per file, sorted by file name; none if there is no folder.

    ConfigError names file, key and the nearest known key.
    """
    return [read_section(path) for path in sorted(folder.glob("*.yml"))]


def read_section(path: Path) -> Section:
    """One file, with the SQL files that it names read into it."""
    content = strict_yaml.load(path)
    if not isinstance(content, dict):
        raise ConfigError("must be a mapping with title and charts", file=path)
    if "file" in content:
        raise ConfigError("file: unknown key", file=path)
    try:
        section = Section.model_validate({**content, "file": path})
    except ValidationError as error:
        message, hint = _message_of(error)
        raise ConfigError(message, file=path, hint=hint) from None
    return section.model_copy(update={"charts": [_with_sql(chart, path) for chart in section.charts]})


def _with_sql(chart: Chart, path: Path) -> Chart:
    """The chart with the text of its query; a file of that name must lie beside the section's."""
    name = chart.sql.strip()
    if not name.endswith(".sql") or len(name.split()) > 1:
        return chart
    file = path.parent / name
    if Path(name).name != name or not file.is_file():
        existing = ", ".join(sorted(file.name for file in path.parent.glob("*.sql"))) or "none"
        raise ConfigError(f"{chart.title}: sql: there is no {name} beside it", file=path, hint=f"there are: {existing}")
    return chart.model_copy(update={"sql": read_text(file)})


def _message_of(error: ValidationError) -> tuple[str, str | None]:
    """Message and hint of the problem to fix first. Positions in lists count from 1."""
    problem = _first_problem(error)
    steps = _steps(problem)
    path = ".".join(str(step + 1) if isinstance(step, int) else step for step in steps)
    if problem["type"] == "extra_forbidden":
        _, hint = explain({**problem, "loc": steps[-1:]}, path, _model_at(steps))
        return f"{path}: unknown key", hint
    return explain(problem, path)


def _first_problem(error: ValidationError) -> dict[str, Any]:
    """An unknown key goes before a missing one, which it may misspell. Of a union: the branch with the longest path."""
    problems: list[dict[str, Any]] = [{**problem} for problem in error.errors()]
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    path = _steps(first)
    below = [problem for problem in problems if _steps(problem)[: len(path)] == path]
    return max(below, key=lambda problem: len(_steps(problem)))


def _steps(problem: dict[str, Any]) -> tuple[str | int, ...]:
    """The path in the file. Pydantic's own path also holds the branch of a union, as `dict[…]`, and `[key]`."""
    branches = ("str", "float", "constrained-str")
    return tuple(
        step for step in problem["loc"] if isinstance(step, int) or not (step in branches or step.endswith("]"))
    )


def _model_at(steps: tuple[str | int, ...]) -> type[Declared]:
    if "reference" in steps[:-1]:
        return Reference
    return Chart if "charts" in steps[:-1] else Section


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one file in `report/`."""
    schema = Section.model_json_schema(mode="validation")
    del schema["properties"]["file"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "report/*.yml"}


def schema_text() -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
