"""What the parcels add to a project's configuration."""

from __future__ import annotations

from pydantic import Field

from sbdk.spec.config_sections import Rows, Section
from sbdk.spec.data_sets import DatasetEntry


class ParcelVolumes(Section):
    """Rows at the anchor."""

    parcels: Rows = Field(default=500, description="Parcels sent before end_date.")


def volumes(asked: ParcelVolumes, scale: float) -> dict[str, int]:
    return {"parcels": round(asked.parcels * scale)}


ROLES = {"delivered": "main.delivered"}
ENTRY = DatasetEntry(opens="parcels.dataset:Parcels", volume_keys=ParcelVolumes, volumes=volumes, roles=ROLES)
