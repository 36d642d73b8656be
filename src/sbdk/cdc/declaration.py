"""What a user says of a change feed, and what it means for the columns at hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sbdk.cdc.errors import ChangeError
from sbdk.cdc.macros import render


@dataclass(frozen=True)
class Declaration:
    """The options of AUTO CDC, by their names. Their meaning is settled in `dbt/scd_settle.sql`, for dbt, too."""

    keys: list[str]
    sequence_by: str | list[str]
    apply_as_deletes: str | None = None
    apply_as_truncates: str | None = None
    column_list: list[str] | None = None
    except_column_list: list[str] | None = None
    stored_as_scd_type: int = 1
    track_history_column_list: list[str] | None = None
    track_history_except_column_list: list[str] | None = None
    ignore_null_updates: bool = False
    lateness: float | str | timedelta | None = None

    def settle(self, columns: list[dict[str, str]], there: dict[str, Any] | None = None) -> dict[str, Any]:
        """The dict that all macros take, for a feed of `columns` (name, type) and the table that is `there`."""
        scd: dict[str, Any] = {**asdict(self), "columns": columns, **(there or {"target": None})}
        if isinstance(self.lateness, timedelta):
            scd["lateness"] = f"{self.lateness // timedelta(microseconds=1)} microseconds"
        problems: list[dict[str, str | None]] = []
        render("scd_settle", scd, problems)
        if problems:
            raise ChangeError(str(problems[0]["message"]), hint=problems[0]["hint"])
        return scd
