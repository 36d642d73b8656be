"""Timestamps as ISO 8601 texts with microseconds."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def iso_timestamps(times: pa.Array) -> pa.Array:
    """2026-01-31T12:00:00.000000, in UTC, for years 0 to 9999; nulls stay. ArrowInvalid if the unit is too fine."""
    texts = times.cast(pa.timestamp("us", times.type.tz)).cast(pa.timestamp("us")).cast(pa.string())
    return pc.binary_replace_slice(texts.cast(pa.binary()), 10, 11, b"T").cast(pa.string())
