"""The section `data_volume`: how many rows the synthetic tables have, and over how many days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.spec.config_sections import TimeRange
from sbdk.spec.data_sets import composed, entries

if TYPE_CHECKING:

    class DataVolume(TimeRange):
        """As generic code sees it."""

else:
    DataVolume = composed(
        "DataVolume",
        [TimeRange],
        [entry.volume_keys for entry in entries().values()],
        "Rows at the anchor, absolute or per row of another table; `scale` multiplies them afterwards.",
    )
