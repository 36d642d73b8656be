"""The options of a run, and the parsers of `--advance`, `--from` and `--to`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sbdk.core.errors import UsageError

if TYPE_CHECKING:
    from sbdk.contracts.replay import Replayed


@dataclass(frozen=True)
class Interval:
    """Half-open: start ≤ time < stop, naive UTC."""

    start: datetime
    stop: datetime


@dataclass(frozen=True)
class RunOptions:
    """The options of `sbdk dev`, checked. `advance` is in whole days.

    `changes_only`: sources of unknown content, which other runs always extract again, run only when their code changes,
    and there is no alert or usage report. `sbdk start` runs like that after an edit. `replay`: by table, records of its
    quarantine to load again.
    """

    pipelines_only: bool = False
    dbt_only: bool = False
    full_refresh: bool = False
    select: str | None = None
    advance: int = 0
    interval: Interval | None = None
    retry: bool = False
    changes_only: bool = False
    replay: Mapping[str, Sequence[Replayed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.pipelines_only and self.dbt_only:
            raise UsageError(
                "--pipelines-only and --dbt-only exclude each other", hint="leave both out for a whole run"
            )
        if self.pipelines_only and self.select:
            raise UsageError("--select chooses dbt models, and --pipelines-only runs none of them")
        if self.interval and (self.full_refresh or self.advance):
            raise UsageError("--from/--to re-runs a part of the published build: not with --full-refresh or --advance")
        if self.interval and self.dbt_only:
            raise UsageError("--from/--to loads the interval again, and --dbt-only loads nothing")
        if self.advance and self.dbt_only:
            raise UsageError("--advance brings new rows, and --dbt-only loads none")
        if self.retry and (self.full_refresh or self.advance or self.interval or self.select):
            raise UsageError("--retry resumes the failed run as it was: other options cannot change it")


def parse_days(text: str) -> int:
    """'1d' → 1, '7d' → 7. The clock moves by whole days."""
    match = re.fullmatch(r"([1-9]\d{0,4})d", text.strip())
    if match is None:
        raise UsageError(f"--advance {text!r}: the clock moves by whole days", hint="for example --advance 1d")
    return int(match.group(1))


def parse_interval(start: str | None, stop: str | None) -> Interval | None:
    """Two ISO dates, half-open; None when neither is given."""
    if start is None and stop is None:
        return None
    if start is None or stop is None:
        raise UsageError("--from and --to belong together", hint="for example --from 2026-01-01 --to 2026-01-08")
    interval = Interval(_midnight("--from", start), _midnight("--to", stop))
    if interval.start >= interval.stop:
        raise UsageError(
            f"--from {start} is not before --to {stop}",
            hint="the interval is half-open: --to is the first day left out",
        )
    return interval


def _midnight(option: str, text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time())
    except ValueError:
        raise UsageError(f"{option} {text!r} is not an ISO date", hint="for example 2026-01-31") from None
