"""The section `data_volume`: rows of the synthetic tables, and the days over which they are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.spec.config_sections import TimeRange
from sbdk.spec.data_sets import composed, entries

if TYPE_CHECKING:

    class DataVolume(TimeRange):
        """The keys that all data sets share: code outside `datasets` knows no others."""

else:
    DataVolume = composed(
        "DataVolume",
        [TimeRange],
        [entry.volume_keys for entry in entries().values()],
        "Rows at the anchor, absolute or per row of another table; `scale` multiplies them afterwards.",
    )
