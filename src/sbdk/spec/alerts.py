"""The section `alerts`: who hears of runs that went wrong, and how often."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sbdk.spec.sections import Section

URL_VARIABLE = "SBDK_ALERTS__URL"
AlertKind = Literal["failure", "check", "freshness", "recovered"]


class Alerts(Section):
    """What is told to a Slack-compatible webhook. Its address is a secret: SBDK_ALERTS__URL; without it nothing is."""

    on: list[AlertKind] = Field(
        default=["failure", "check", "freshness", "recovered"],
        description="Which happenings are told: a run that failed, a failed check or test, stale tables, a recovery.",
    )
    repeat_hours: float = Field(
        default=24.0, ge=0, le=8760, description="The same trouble is told again after so many hours, not before."
    )
    timeout_seconds: float = Field(
        default=3.0, gt=0, le=30, description="How long a run waits for the webhook at its end; it never fails by it."
    )
