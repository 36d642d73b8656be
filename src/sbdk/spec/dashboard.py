"""The section `dashboard`: where it listens, and how much a query of its SQL box may take."""

from __future__ import annotations

from pydantic import Field

from sbdk.spec.sections import Section

MOST_SHOWN = 100_000


class DashboardSettings(Section):
    """Where it listens, and what its SQL box may take."""

    port: int = Field(default=4600, ge=0, le=65_535, description="Port on the loopback address; 0: any free one.")
    query_seconds: float = Field(
        default=1.0, gt=0, le=3_600, description="Seconds after which a query of the SQL box is stopped."
    )
    query_rows: int = Field(default=1_000, ge=1, le=MOST_SHOWN, description="Rows of a query's result that are shown.")
    export_rows: int = Field(
        default=1_000_000, ge=1, le=100_000_000, description="Rows of a query's result that an export holds at most."
    )
