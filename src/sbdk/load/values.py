"""Values that dlt or DuckDB cannot store: numbers of Python rows are fitted, or refused as Arrow columns are.

Arrow columns are refused while they are extracted, as later errors name no column. Decimals and large integers of
Python rows are stored as dlt stores them: rounded to the scale of their column, or refused.

dlt gives a decimal column 38 digits, 9 of them after the point, unless `columns=` says otherwise. Its INSERT statements
round to that; the Parquet files that are loaded here would refuse to. Integers beyond 64 bits cannot be written to its
extracted files, though a column of type wei or decimal can hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

from sbdk.core.errors import SourceError

DIGITS, SCALE = 38, 9
_KINDS = (Decimal, int, dict, list)
_EXACT = Context(prec=200)
_SIGNED, _UNSIGNED = -(2**63), 2**64


class FitNumbers:
    """A step for a resource: returns every item, with numbers that fit their columns; SourceError for one that cannot.

    `hints`: the columns that the resource declares, by name as dlt writes it; `name`: from a path of keys to that name.
    """

    def __init__(
        self, hints: Mapping[str, Any], name: Callable[[tuple[str, ...]], str], table: str, file: Path | None
    ) -> None:
        self._hints = hints
        self._name = name
        self._table = table
        self._file = file

    def __call__(self, item: Any) -> Any:
        if isinstance(item, list):
            fitted = [self(each) for each in item]
            return item if all(a is b for a, b in zip(item, fitted, strict=True)) else fitted
        return self._row(item, ()) if isinstance(item, dict) else item

    def _row(self, row: dict[Any, Any], path: tuple[str, ...]) -> dict[Any, Any]:
        """The row itself, or a copy of it with the numbers that had to change."""
        changed: dict[Any, Any] | None = None
        for key, value in row.items():
            if isinstance(value, _KINDS) and not isinstance(value, bool):
                fitted = self._value(value, (*path, str(key)))
                if fitted is not value:
                    changed = changed if changed is not None else dict(row)
                    changed[key] = fitted
        return row if changed is None else changed

    def _value(self, value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return self._row(value, path)
        if isinstance(value, list):
            fitted = [self._value(each, path) if isinstance(each, _KINDS) else each for each in value]
            return value if all(a is b for a, b in zip(value, fitted, strict=True)) else fitted
        if isinstance(value, Decimal):
            return self._decimal(value, path)
        return value if isinstance(value, bool) or _SIGNED <= value < _UNSIGNED else self._integer(value, path)

    def _decimal(self, value: Decimal, path: tuple[str, ...]) -> Decimal:
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int):  # NaN, infinity: dlt reports them
            return value
        if not self._hints and exponent >= -SCALE and value.adjusted() < DIGITS - SCALE:
            return value
        hint = self._hint(path)
        if hint.get("data_type", "decimal") != "decimal":
            return value
        scale = SCALE if hint.get("scale") is None else int(hint["scale"])
        digits = DIGITS if hint.get("precision") is None else int(hint["precision"])
        rounded = value if exponent >= -scale else value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _EXACT)
        if rounded and rounded.adjusted() >= digits - scale:
            raise self._refusal(value, path, f"does not fit DECIMAL({digits},{scale})")
        return rounded

    def _integer(self, value: int, path: tuple[str, ...]) -> Decimal:
        if self._hint(path).get("data_type") not in ("wei", "decimal"):
            raise self._refusal(value, path, "does not fit 64 bits")
        return self._decimal(Decimal(value), path)

    def _hint(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        return self._hints.get(self._name(path)) or {} if self._hints else {}

    def _refusal(self, value: Decimal | int, path: tuple[str, ...], why: str) -> SourceError:
        column = self._name(path)
        number = Decimal(value)
        whole = max(number.adjusted() + 1, 1)
        wanted = '{"data_type": "text"}, and yield str(value)'
        if whole <= DIGITS:
            scale = min(DIGITS - whole, max(-int(number.as_tuple().exponent), 0))
            wanted = f'{{"data_type": "decimal", "precision": {DIGITS}, "scale": {scale}}}'
        hint = f'declare the column: columns={{"{column}": {wanted}}}'
        return SourceError(f"{self._table}.{column}: {value!s:.60} {why}", file=self._file, hint=hint)


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
