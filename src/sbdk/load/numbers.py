"""Decimals and large integers of Python rows, as dlt stores them: rounded to the scale of their column, or refused.

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
