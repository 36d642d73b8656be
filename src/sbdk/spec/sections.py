"""The sections of a project's configuration: plain data, frozen, unknown keys refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_USERS = 10_000
DEFAULT_EVENTS = 50_000
DEFAULT_ORDERS = 20_000
DEFAULT_RANGE_DAYS = 365
MOST_ROWS = 10**15
BOOKSTORE = ("publishers", "books", "sales", "inventory", "campaign_events")

Rows = Annotated[int, Field(ge=0, le=MOST_ROWS)]
PerUser = Annotated[float, Field(ge=0, le=1e9)]


class Section(BaseModel):
    """Base of all sections."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class DataVolume(Section):
    """Rows at the anchor, absolute or per user; `scale` multiplies them afterwards. From publishers on: bookstore."""

    users: int = Field(default=DEFAULT_USERS, ge=1, le=MOST_ROWS, description="Users there are at end_date.")
    events: Rows | None = Field(
        default=None, description=f"Events before end_date; {DEFAULT_EVENTS} if events_per_user is absent too."
    )
    orders: Rows | None = Field(
        default=None, description=f"Orders before end_date; {DEFAULT_ORDERS} if orders_per_user is absent too."
    )
    events_per_user: PerUser | None = Field(default=None, description="Events per user, in place of events.")
    orders_per_user: PerUser | None = Field(default=None, description="Orders per user, in place of orders.")
    time_range_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description=f"Days from start_date to end_date; {DEFAULT_RANGE_DAYS} if nothing says.",
    )

    publishers: int = Field(default=10, ge=1, le=MOST_ROWS, description="Publishers of the bookstore.")
    books: int = Field(default=100, ge=1, le=MOST_ROWS, description="Books of the bookstore.")
    sales: Rows = Field(default=100, description="Sales of the bookstore before end_date.")
    inventory: Rows = Field(default=50, description="Stocks of the bookstore: a book in a warehouse.")
    campaign_events: Rows = Field(
        default=50, description="Campaign rows of the bookstore before end_date; an even number, 12 at least."
    )

    @model_validator(mode="after")
    def _one_way_each(self) -> DataVolume:
        for table in ("events", "orders"):
            if getattr(self, table) is not None and getattr(self, f"{table}_per_user") is not None:
                raise ValueError(f"give {table} or {table}_per_user, not both")
        return self

    def rows(self, scale: float) -> dict[str, int]:
        """Rows by table, scaled; at least one user."""
        users = max(1, round(self.users * scale))
        return {
            "users": users,
            "events": _count(self.events, self.events_per_user, DEFAULT_EVENTS, self.users, scale),
            "orders": _count(self.orders, self.orders_per_user, DEFAULT_ORDERS, self.users, scale),
        }

    def bookstore_rows(self, scale: float) -> dict[str, int]:
        """Rows of the bookstore's tables, scaled; at least one where any are asked for."""
        asked = {name: getattr(self, name) for name in BOOKSTORE}
        return {name: max(1, round(rows * scale)) if rows else 0 for name, rows in asked.items()}


def _count(rows: int | None, per_user: float | None, default: int, users: int, scale: float) -> int:
    if per_user is not None:
        return round(users * per_user * scale)
    return round((default if rows is None else rows) * scale)


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
