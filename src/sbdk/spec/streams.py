"""The section `streams`: how much the retail sources emit, how fast, and how it lands."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sbdk.spec.sections import Section

Initial = Annotated[int, Field(ge=1, le=10_000_000)]
NewPerBatch = Annotated[int, Field(ge=0, le=100_000)]
Share = Annotated[float, Field(ge=0, le=0.99)]


class InitialRecords(Section):
    """Records that each dimension begins with."""

    stores: Initial = Field(default=5, description="Stores there are at the start.")
    customers: Initial = Field(default=50, description="Customers there are at the start.")
    products: Initial = Field(default=20, description="Products there are at the start.")


class NewRecords(Section):
    """The most new records of a dimension in a batch of five virtual minutes: uniform from 0."""

    stores: NewPerBatch = Field(default=10, description="At most so many stores open in a batch.")
    customers: NewPerBatch = Field(default=30, description="At most so many customers join in a batch.")
    products: NewPerBatch = Field(default=20, description="At most so many products come in a batch.")


class UpdateShares(Section):
    """The share of a dimension's records that are updates of known keys."""

    stores: Share = Field(default=0.5, description="Of the records of stores, after the first ones.")
    customers: Share = Field(default=0.3, description="Of the records of customers, after the first ones.")
    products: Share = Field(default=0.3, description="Of the records of products, after the first ones.")


class StreamSettings(Section):
    """The retail streams. interval, format, folder and batches_per_file decide arrival only, never a value."""

    interval: float = Field(default=30.0, gt=0, le=86_400, description="Seconds per micro-batch with the real clock.")
    latency_max_s: float = Field(
        default=60.0, ge=0, le=3_600, description="A sale is delivered up to so many virtual seconds after its event."
    )
    initial: InitialRecords = Field(default=InitialRecords(), description="Records at the start.")
    new_per_batch: NewRecords = Field(default=NewRecords(), description="Most new records per batch.")
    update_share: UpdateShares = Field(default=UpdateShares(), description="Updates among dimension records.")
    sales_per_batch: int = Field(
        default=500, ge=0, le=10_000_000, description="Sales in each batch of five virtual minutes."
    )
    tax: float = Field(default=0.08, ge=0, le=1, description="Share of total_amount that is tax_amount.")
    format: Literal["jsonl", "parquet"] = Field(
        default="jsonl", description="Format of the files in the landing folder."
    )
    folder: str = Field(default="landing", min_length=1, description="The landing folder, inside the project.")
    batches_per_file: int = Field(
        default=12, ge=1, le=10_000, description="Batches per landing file with the virtual clock."
    )
