"""The roles of the retail streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sbdk.datasets.retail.grading.streams import NO_TIME, GradedStream
from sbdk.score.roles import GradedTables
from sbdk.spec.score import RETAIL_TABLES, Role


class RetailTables(GradedTables):
    """A role whose name begins with bronze says how much was received; current views are graded if there."""

    roles: ClassVar[Sequence[Role]] = tuple(RETAIL_TABLES)

    def is_graded(self, role: Role) -> bool:
        return not role.startswith("bronze")

    def is_needed(self, role: Role) -> bool:
        return self.is_graded(role) and not role.endswith("_current")

    def identity(self, role: str, stream: GradedStream) -> str:
        """SQL of the two columns `key` and `time` that say which record a row is."""
        time = f"try_cast({self.need(role, stream.time)} as timestamp)" if stream.time else NO_TIME
        return f"try_cast({self.need(role, stream.key)} as bigint) as key, {time} as time"

    @property
    def rules(self) -> dict[str, str]:
        """Rule of a quarantine table → defect, as configured."""
        return self._settings.rules
