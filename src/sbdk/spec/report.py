"""What a user declares about pictures: `report/*.yml`, each file one section of the page, a list of charts.

title: Where customers are
charts:
  - title: Revenue by country
    sql: select country, sum(amount_usd) as revenue from fct_orders group by all order by revenue desc
    x: revenue
    y: country
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

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
    text: str = Field(default="", max_length=80, description="What stands beside the line.")

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
    """One picture of what one query returns. What is not given follows from the columns."""

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
    colour: ColumnName | None = Field(default=None, description="Column that tells series apart; of a cell, its value.")
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
