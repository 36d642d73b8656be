"""Masks personal data in records that are shown: the values of columns that a contract classifies as `pii`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sbdk.core.redact import MASK


def masked(record: str, columns: set[str], name: Callable[[str], str] = str) -> str:
    """The record, a JSON object, with a mask in place of the values of `columns`; a text that is none is masked whole.

    `name`: from a key of the record to the name of a column.
    """
    if not columns:
        return record
    try:
        values = json.loads(record)
    except ValueError:
        return MASK
    if not isinstance(values, dict):
        return MASK
    return json.dumps(_masked(values, columns, name), ensure_ascii=False)


def _masked(values: Mapping[str, Any], columns: set[str], name: Callable[[str], str]) -> dict[str, Any]:
    """A column of a flattened object (`address__city`) is personal if the object is."""
    personal = {key for key in values if name(key) in columns or name(key).split("__")[0] in columns}
    return {key: MASK if key in personal and value is not None else value for key, value in values.items()}
