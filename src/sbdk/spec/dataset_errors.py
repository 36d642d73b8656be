"""What Pydantic found wrong with a data set, in one sentence: where, what, and the nearest valid key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError


def first_error(
    error: ValidationError, model: type[BaseModel], extra_keys: Iterable[str] = ()
) -> tuple[str, str | None]:
    """Message (the key's path first) and hint of the first error. `extra_keys`: what else may stand beside the keys."""
    found = error.errors()[0]
    path = ".".join(str(part) for part in found["loc"] if part != "[key]") or model.__name__
    if found["type"] == "extra_forbidden":
        return f"{path}: no such key", _nearest(str(found["loc"][-1]), [*_keys(model, found["loc"][:-1]), *extra_keys])
    given = "" if found["type"] == "missing" else f", not {_short(found['input'])}"
    return f"{path}: {_sentence(found['msg'])}{given}", None


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ").replace("Input should", "should")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return (f"did you mean {near[0]!r}? " if near else "") + f"known: {', '.join(known)}"


def _keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at `path` inside `model`."""
    from sbdk.spec.dataset import Column, PerParent, Table

    by_depth: dict[tuple[str, int], type[BaseModel]] = {
        ("tables", 2): Table,
        ("per", 3): PerParent,
        ("columns", 4): Column,
    }
    last = "per" if path[-1:] == ("per",) else "columns" if "columns" in path[2:3] else "tables"
    inner = by_depth.get((last, len(path)), model)
    return [field.alias or name for name, field in inner.model_fields.items()]
