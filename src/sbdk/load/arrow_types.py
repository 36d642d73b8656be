"""Arrow columns that dlt or DuckDB cannot store: refused while they are extracted, as later errors name no column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sbdk.core.errors import SourceError

_LARGEST = 2**63 - 1


def reject_unstorable(item: Any, table: str, file: Path | None) -> None:
    """SourceError for a column of a `pyarrow.Table` or `RecordBatch` whose type, or whose value, has no column type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, kind in zip(item.schema.names, item.schema.types, strict=True):
        instead = _instead(kind)
        if instead is not None:
            hint = f"cast it in the pipeline, for example to {instead}"
            raise SourceError(f"{table}.{name}: Arrow's type {kind} cannot be stored", file=file, hint=hint)
        if pa.types.is_uint64(kind) and item.num_rows:
            largest = pc.max(item.column(name)).as_py()
            if largest is not None and largest > _LARGEST:
                hint = "cast it in the pipeline, for example to pa.decimal128(20, 0)"
                raise SourceError(f"{table}.{name}: {largest} is more than a BIGINT holds", file=file, hint=hint)


def _instead(kind: Any) -> str | None:
    """A type that can be stored, None if this one can."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return None if kind.extension_name in ("arrow.json", "arrow.bool8") else f"its storage, {kind.storage_type}"
    if pa.types.is_run_end_encoded(kind):
        return str(kind.value_type)
    if pa.types.is_decimal256(kind) and kind.precision > 38:
        return "pa.decimal128(38, scale), or to text"
    if kind in (pa.string_view(), pa.binary_view()):
        return "pa.string()" if kind == pa.string_view() else "pa.binary()"
    if pa.types.is_duration(kind):
        return "pa.int64(), in its unit"
    if pa.types.is_interval(kind) or pa.types.is_union(kind):
        return "text"
    if pa.types.is_struct(kind) and kind.num_fields == 0:
        return "text, or leave it out"
    return None
